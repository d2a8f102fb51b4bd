/**
 * A trace source in memory, with MLflow's rules: order by time and id, offset tokens whenever a page is full, empty
 * answers for unknown experiments. For tests that are about something else than the source.
 */
import { TraceliftError } from '../../src/errors/index.js';
import type { Assessment, Span, SpanReading, TraceInfo } from '../../src/trace/trace.js';
import type {
  Experiment,
  InfoPage,
  PageRequest,
  SourceDescription,
  TraceSource,
  UnreadableTrace,
  ReadAttachment,
} from '../../src/sources/trace-source.js';

export interface StoredTrace {
  info: TraceInfo;
  reading: SpanReading;
  /** Listed, but not served. */
  isPoisoned?: boolean;
}

export class MemorySource implements TraceSource {
  readonly traces = new Map<string, StoredTrace>();
  readonly experiments: Experiment[] = [
    { experimentId: '1', name: 'support-bot', lifecycleStage: 'active', createdAtMs: 1, unityCatalogTraces: null },
  ];
  /** Ids whose spans were asked for, in order. */
  readonly spanReads: string[] = [];
  searches = 0;

  constructor(
    readonly sourceId = 'memory',
    public clockMs = Date.UTC(2026, 0, 2),
  ) {}

  add(...traces: StoredTrace[]): void {
    for (const trace of traces) this.traces.set(trace.info.traceId, trace);
  }

  async describe(): Promise<SourceDescription> {
    return {
      sourceId: this.sourceId,
      address: `memory://${this.sourceId}`,
      version: null,
      searchApi: 'v3',
      spanRoutes: ['memory'],
      hasTraceCounts: true,
    };
  }

  async getExperiment(idOrName: string): Promise<Experiment> {
    const found = this.experiments.find((one) => one.experimentId === idOrName || one.name === idOrName);
    if (found === undefined)
      throw new TraceliftError('ExperimentNotFound', { experiment: idOrName, address: 'memory' });
    return found;
  }

  async listExperiments(): Promise<Experiment[]> {
    return this.experiments;
  }

  async searchPage(request: PageRequest): Promise<InfoPage> {
    this.searches += 1;
    const matching = this.matching(request.experimentId, request.fromMs, request.toMs);
    const offset = Number(request.pageToken ?? 0);
    const page = matching.slice(offset, offset + request.maxResults);
    return {
      infos: page.filter((trace) => trace.isPoisoned !== true).map((trace) => trace.info),
      unreadable: page.filter((trace) => trace.isPoisoned === true).map(unreadable),
      observedAtMs: this.clockMs,
      bytes: page.length * 1000,
      ...(page.length === request.maxResults ? { nextPageToken: String(offset + request.maxResults) } : {}),
    };
  }

  async getInfos(experimentId: string, traceIds: readonly string[]): Promise<InfoPage> {
    const found = traceIds.flatMap((id) => {
      const trace = this.traces.get(id);
      return trace?.info.experimentId === experimentId ? [trace.info] : [];
    });
    return { infos: found, unreadable: [], observedAtMs: this.clockMs, bytes: found.length * 1000 };
  }

  async readSpans(infos: readonly TraceInfo[]): Promise<{ readings: SpanReading[]; unreadable: UnreadableTrace[] }> {
    const readings: SpanReading[] = [];
    for (const info of infos) {
      this.spanReads.push(info.traceId);
      const trace = this.traces.get(info.traceId);
      if (trace !== undefined) readings.push(trace.reading);
    }
    return { readings, unreadable: [] };
  }

  async readAttachment(): Promise<ReadAttachment> {
    return { kind: 'missing', reason: 'unsupported' };
  }

  async countTraces(experimentId: string, fromMs: number, toMs: number): Promise<number | null> {
    return this.matching(experimentId, fromMs, toMs).length;
  }

  async countSpans(experimentId: string, fromMs: number, toMs: number): Promise<number | null> {
    return this.matching(experimentId, fromMs, toMs).reduce(
      (sum, { reading }) => sum + new Set(reading.spans.map(({ spanId }) => spanId)).size,
      0,
    );
  }

  async earliestTraceMs(experimentId: string): Promise<number | null> {
    return this.matching(experimentId, -8.64e15, 8.64e15)[0]?.info.startTimeMs ?? null;
  }

  async nowMs(): Promise<number> {
    return this.clockMs;
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  private matching(experimentId: string, fromMs: number, toMs: number): StoredTrace[] {
    return [...this.traces.values()]
      .filter(({ info }) => info.experimentId === experimentId && info.startTimeMs >= fromMs && info.startTimeMs < toMs)
      .toSorted((a, b) => a.info.startTimeMs - b.info.startTimeMs || (a.info.traceId < b.info.traceId ? -1 : 1));
  }
}

function unreadable({ info }: StoredTrace): UnreadableTrace {
  return {
    traceId: info.traceId,
    startTimeMs: info.startTimeMs,
    errorCode: 'TraceUnreadable',
    message: 'the source answers 500 for its page',
  };
}

/** A finished trace with a root and one model call. */
export function storedTrace(index: number, part: Partial<TraceInfo> = {}): StoredTrace {
  const traceId = `tr-${index.toString(16).padStart(32, '0')}`;
  const startTimeMs = part.startTimeMs ?? Date.UTC(2026, 0, 1) + index * 1000;
  const info: TraceInfo = {
    traceId,
    experimentId: '1',
    clientRequestId: null,
    startTimeMs,
    executionTimeMs: 500,
    state: 'OK',
    requestPreview: `question ${String(index)}`,
    responsePreview: 'answer',
    tags: { 'mlflow.traceName': 'chat' },
    metadata: {},
    assessments: [],
    ...part,
  };
  return { info, reading: { traceId: info.traceId, spanState: 'complete', spans: spansOf(index, info.startTimeMs) } };
}

function spansOf(index: number, startTimeMs: number): Span[] {
  const startTimeNs = BigInt(startTimeMs) * 1_000_000n;
  const root: Span = {
    spanId: `${index.toString(16).padStart(15, '0')}a`,
    parentSpanId: null,
    name: 'chat',
    startTimeNs,
    endTimeNs: startTimeNs + 500_000_000n,
    status: 'OK',
    statusMessage: null,
    otelKind: null,
    scope: null,
    links: [],
    attributes: {
      'mlflow.spanType': 'CHAIN',
      'mlflow.spanInputs': { question: `What is number ${String(index)}?` },
      'mlflow.spanOutputs': { answer: 'It is a number.' },
    },
    events: [],
  };
  const call: Span = {
    ...root,
    spanId: `${index.toString(16).padStart(15, '0')}b`,
    parentSpanId: root.spanId,
    name: 'model',
    attributes: {
      'mlflow.spanType': 'CHAT_MODEL',
      'mlflow.llm.model': 'gpt-4o',
      'mlflow.chat.tokenUsage': { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
    },
  };
  return [root, call];
}

/** A judge's feedback. */
export function feedback(name: string, value: Assessment['value'], part: Partial<Assessment> = {}): Assessment {
  return {
    assessmentId: `a-${name}`,
    name,
    kind: 'feedback',
    spanId: null,
    sourceType: 'LLM_JUDGE',
    sourceId: 'judge',
    createTimeMs: Date.UTC(2026, 0, 1),
    lastUpdateTimeMs: Date.UTC(2026, 0, 1),
    value,
    rationale: null,
    errorCode: null,
    errorMessage: null,
    errorStack: null,
    metadata: {},
    valid: true,
    overrides: null,
    ...part,
  };
}
