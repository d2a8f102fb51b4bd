/**
 * Any number of made-up traces, for benchmarks in which the source must not be the bottleneck. Nothing is stored per
 * trace: a few templates are made at the start, and ids and times are put in when a trace is asked for.
 * Imports the store's types and the text maker.
 */
import { makeTemplate, type Template } from './template.js';
import type { StoredTrace, TraceStore } from '../../../src/local/recorded-mlflow/trace-store.js';

export interface SyntheticOptions {
  readonly numTraces: number;
  /** Minimum 1. Default 5. */
  readonly spansPerTrace?: number;
  /** Size of the spans of one trace as sent, bytes, about. Default 16,000. */
  readonly bytesPerTrace?: number;
  /** Start of the first trace, epoch milliseconds. Default: 2026-01-01T00:00:00Z. */
  readonly startTimeMs?: number;
  /** Between two starts, milliseconds. Default 100. */
  readonly spacingMs?: number;
  /** Traces with different texts; more of them repeat with other ids, times and a number. Default 256. */
  readonly numTemplates?: number;
  /** Positions of the traces that people have reviewed as well; may grow while the source is in use. */
  readonly reviewed?: ReadonlySet<number>;
}

export const syntheticExperiment = { experimentId: '1', name: 'Synthetic' } as const;

/** Digits below the millisecond, so that times do not fit a JavaScript number, as real ones. */
const subMillisecondDigits = '000123';

export function createSyntheticStore(options: SyntheticOptions): TraceStore {
  const { numTraces, startTimeMs = Date.UTC(2026, 0, 1), spacingMs = 100, numTemplates = 256 } = options;
  const shape = { spansPerTrace: options.spansPerTrace ?? 5, bytesPerTrace: options.bytesPerTrace ?? 16_000 };
  const templates = Array.from({ length: Math.min(numTemplates, numTraces) }, (_, seed) => makeTemplate(seed, shape));
  const startMsAt = (position: number): number => startTimeMs + position * spacingMs;
  const traceAt = (position: number): StoredTrace => {
    const template = templates[position % templates.length];
    if (template === undefined || position >= numTraces) throw new RangeError(`no trace at position ${position}`);
    return new SyntheticTrace(position, startMsAt(position), template, options.reviewed?.has(position) ?? false);
  };
  return {
    version: '3.17.2',
    experiments: [syntheticExperiment],
    numTraces: (experimentId) => (experimentId === syntheticExperiment.experimentId ? numTraces : 0),
    traceAt: (_, position) => traceAt(position),
    startMsAt: (_, position) => startMsAt(position),
    find: (traceId) => {
      const position = positionOf(traceId);
      return position !== null && position < numTraces ? traceAt(position) : undefined;
    },
  };
}

/** The id holds the position, so that a trace is found by its id without a table; ids order like positions. */
function traceIdAt(position: number): string {
  const digits = position.toString(16).padStart(8, '0');
  return `tr-5e4d${digits}${'ab'.repeat(10)}`;
}

function positionOf(traceId: string): number | null {
  const match = /^tr-5e4d([0-9a-f]{8})(?:ab){10}$/.exec(traceId);
  return match === null ? null : Number.parseInt(match[1] ?? '', 16);
}

class SyntheticTrace implements StoredTrace {
  readonly traceId: string;
  readonly experimentId = syntheticExperiment.experimentId;

  constructor(
    private readonly position: number,
    readonly startMs: number,
    private readonly template: Template,
    private readonly isReviewed: boolean,
  ) {
    this.traceId = traceIdAt(position);
  }

  spansJson(): string {
    const { texts, marks } = this.template;
    const idBase64 = Buffer.from(this.traceId.slice(3), 'hex').toString('base64');
    let text = texts[0] ?? '';
    for (const [index, mark] of marks.entries()) {
      if (mark.kind === 'trace-id') text += idBase64;
      else if (mark.kind === 'number') text += String(this.position);
      else text += `${this.startMs + mark.offsetMs}${subMillisecondDigits}`;
      text += texts[index + 1] ?? '';
    }
    return text;
  }

  infoJson(): string {
    const { durationMs, preview, usage, numSpans, numBytes } = this.template;
    const { experimentId, position, startMs, traceId } = this;
    return JSON.stringify({
      trace_id: traceId,
      client_request_id: `order-${position}`,
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
      request_preview: `${position} ${preview}`,
      response_preview: preview,
      request_time: new Date(startMs).toISOString(),
      execution_duration: `${(durationMs / 1000).toFixed(3)}s`,
      state: 'OK',
      trace_metadata: {
        'mlflow.trace.sizeStats': JSON.stringify({ total_size_bytes: numBytes, num_spans: numSpans }),
        'mlflow.trace.tokenUsage': JSON.stringify(usage),
        'mlflow.trace.session': `session-${Math.floor(position / 5)}`,
        'mlflow.trace_schema.version': '3',
      },
      tags: { 'mlflow.traceName': 'answer_question', 'mlflow.trace.spansLocation': 'TRACKING_STORE' },
      assessments: this.assessments(),
    });
  }

  private assessments(): object[] {
    const at = new Date(this.startMs + 60_000).toISOString();
    const common = {
      trace_id: this.traceId,
      source: { source_type: 'LLM_JUDGE', source_id: 'openai:/gpt-4o' },
      create_time: at,
      last_update_time: at,
      valid: true,
    };
    const id = (name: string): string => `a-${name}-${this.position}`;
    const relevance = { value: this.position % 5 === 0 ? 'no' : 'yes' };
    const groundedness = { value: (this.position % 100) / 100 };
    const judged = [
      { ...common, assessment_id: id('relevance'), assessment_name: 'relevance', feedback: relevance },
      { ...common, assessment_id: id('groundedness'), assessment_name: 'groundedness', feedback: groundedness },
    ];
    if (!this.isReviewed) return judged;
    const human = { ...common, source: { source_type: 'HUMAN', source_id: 'reviewer' } };
    return [
      ...judged,
      { ...human, assessment_id: id('helpful'), assessment_name: 'helpful', feedback: { value: true } },
    ];
  }
}
