/**
 * Reads the spans of many traces by the fastest route that serves each of them.
 *
 * `traces/batchGet` serves only traces whose spans lie in the database (tag `mlflow.trace.spansLocation`): one id whose
 * spans lie in the artifact store gives 500 for the whole batch, and unknown or unfinished traces are left out without
 * a word. `get-trace-artifact` serves every trace of an open-source server, one by one.
 *
 * Servers with user management answer 403 for traces that are forbidden and for those that do not exist any more, for a
 * whole batch where it is about one of its traces. A search, which knows only rights on experiments, tells the two apart.
 */
import { errorMessage, TraceliftError } from '../../errors/index.js';
import type { JsonValue } from '../../json/json-value.js';
import { areSpansInDatabase, decodeSpans, spanStateOf } from '../../trace/wire/decode-span.js';
import { itemsOf, member, textOrNull } from '../../trace/wire/decode-values.js';
import type { SpanReading, TraceInfo } from '../../trace/trace.js';
import type { UnreadableTrace, SpansRead } from '../trace-source.js';
import { linkedAbort } from '../../http/cancellation.js';
import type { HttpAnswer } from '../../http/http-client.js';
import { isMissing } from './answer-errors.js';
import { type Capabilities, isRefused, isSuccess } from './capabilities.js';
import type { MlflowClient, MlflowRequest } from './mlflow-client.js';
import { maxBatchAnswerBytes, planSpanBatches, type TraceSizeEstimate } from './span-batches.js';
import type { TraceSearch } from './trace-search.js';
import type { CallOptions } from '../../call-options.js';

type SpanCapabilities = Pick<Capabilities, 'hasBatchGet' | 'hasTraceGet'>;

/** What reading spans needs of a connection. */
export interface SpanReaderParts {
  readonly client: MlflowClient;
  readonly capabilities: SpanCapabilities;
  readonly sizeEstimate: TraceSizeEstimate;
  /** Of the same server: says whether a refused trace still exists. */
  readonly search: TraceSearch;
}

/** Names of the routes, fastest first, for people. */
export function spanRoutes(capabilities: SpanCapabilities): string[] {
  return [
    ...(capabilities.hasBatchGet ? ['traces/batchGet'] : []),
    ...(capabilities.hasTraceGet ? ['traces/get'] : []),
    'get-trace-artifact',
  ];
}

/** Reads all; on the first failure of the server as a whole the requests still under way are aborted. */
export async function readSpans(
  parts: SpanReaderParts,
  infos: readonly TraceInfo[],
  options: CallOptions = {},
): Promise<SpansRead> {
  const abort = linkedAbort(options.signal);
  const reader = new SpanReader(parts, { ...options, signal: abort.signal });
  try {
    return await reader.read(infos);
  } catch (error) {
    abort.abort();
    throw error;
  } finally {
    abort.clear();
  }
}

class SpanReader {
  private readonly readings: SpanReading[] = [];
  private readonly unreadable: UnreadableTrace[] = [];

  private readonly client: MlflowClient;
  private readonly capabilities: SpanCapabilities;
  private readonly sizeEstimate: TraceSizeEstimate;

  constructor(
    private readonly parts: SpanReaderParts,
    private readonly options: CallOptions & { readonly signal: AbortSignal },
  ) {
    this.client = parts.client;
    this.capabilities = parts.capabilities;
    this.sizeEstimate = parts.sizeEstimate;
  }

  async read(infos: readonly TraceInfo[]): Promise<SpansRead> {
    const inDatabase = this.capabilities.hasBatchGet ? infos.filter(areSpansInDatabase) : [];
    const others = this.capabilities.hasBatchGet ? infos.filter((info) => !areSpansInDatabase(info)) : infos;
    await Promise.all([
      ...planSpanBatches(inDatabase, this.sizeEstimate.bytesPerTrace).map((batch) => this.readBatch(batch)),
      ...others.map((info) => this.readArtifact(info)),
    ]);
    if (this.readings.length === 0 && this.unreadable.length > 0) await this.requireHealth();
    return { readings: this.readings, unreadable: this.unreadable };
  }

  private async readBatch(batch: readonly TraceInfo[]): Promise<void> {
    const request = {
      ...this.get('/api/3.0/mlflow/traces/batchGet', { trace_ids: batch.map((info) => info.traceId) }),
      retry: { maxAttemptsOnServerError: 1 },
      ...(batch.length > 1 ? { maxResponseBytes: maxBatchAnswerBytes } : {}),
    };
    const answer = await this.sendUnlessTooLarge(request);
    this.options.onProgress?.();
    if (answer === null) this.sizeEstimate.observe(batch.length, maxBatchAnswerBytes);
    else if (isSuccess(answer)) {
      this.sizeEstimate.observe(batch.length, answer.text.length);
      await this.takeBatch(batch, this.client.reply(request, answer).value);
      return;
    }
    if (answer !== null && isRefused(answer)) return this.readRefused(batch);
    if (answer !== null && !isAboutTheTraces(answer)) throw this.client.errorOf(request, answer);
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) return this.readSingle(only);
    const middle = Math.ceil(batch.length / 2);
    await Promise.all([this.readBatch(batch.slice(0, middle)), this.readBatch(batch.slice(middle))]);
  }

  /** Without the traces that are gone, or, where none is, by the other routes. */
  private async readRefused(batch: readonly TraceInfo[]): Promise<void> {
    const listed = await this.listedStill(batch);
    for (const info of batch) if (!listed.has(info.traceId)) this.take(info, []);
    const rest = batch.filter((info) => listed.has(info.traceId));
    if (rest.length === 0) return;
    if (rest.length < batch.length) return this.readBatch(rest);
    await Promise.all(rest.map((info) => this.readSingle(info)));
  }

  /** Ids of those that a search still finds. @throws SourceForbidden where the experiment itself is forbidden */
  private async listedStill(infos: readonly TraceInfo[]): Promise<ReadonlySet<string>> {
    const [first] = infos;
    if (first === undefined) return new Set();
    const ids = infos.map((info) => info.traceId);
    const page = await this.parts.search.byIds(first.experimentId, ids, this.options);
    return new Set([...page.infos, ...page.unreadable].map(({ traceId }) => traceId));
  }

  private async takeBatch(batch: readonly TraceInfo[], value: JsonValue): Promise<void> {
    const spansById = new Map<string, JsonValue | undefined>();
    for (const trace of itemsOf(member(value, 'traces'))) {
      const traceId = textOrNull(member(member(trace, 'trace_info'), 'trace_id'));
      if (traceId !== null) spansById.set(traceId, member(trace, 'spans'));
    }
    const omitted: TraceInfo[] = [];
    for (const info of batch) {
      if (spansById.has(info.traceId)) this.take(info, spansById.get(info.traceId));
      else omitted.push(info);
    }
    await Promise.all(omitted.map((info) => this.readSingle(info)));
  }

  /** Also serves traces that are not fully exported yet. */
  private async readSingle(info: TraceInfo): Promise<void> {
    if (!this.capabilities.hasTraceGet) return this.readArtifact(info);
    const query = { trace_id: info.traceId, allow_partial: 'true' };
    const request = this.get('/api/3.0/mlflow/traces/get', query);
    const answer = await this.sendUnlessTooLarge({ ...request, retry: { maxAttemptsOnServerError: 1 } });
    this.options.onProgress?.();
    if (answer !== null && isSuccess(answer)) {
      const { value } = this.client.reply(request, answer);
      this.take(info, member(member(value, 'trace'), 'spans'));
      return;
    }
    const isLastWord = answer !== null && !isAboutTheTraces(answer) && !isRefused(answer);
    if (isLastWord) throw this.client.errorOf(request, answer);
    // Its answers are about half as large, so it may also serve what was too large here.
    return this.readArtifact(info);
  }

  private async readArtifact(info: TraceInfo): Promise<void> {
    const request = this.get('/ajax-api/2.0/mlflow/get-trace-artifact', { request_id: info.traceId });
    const answer = await this.sendUnlessTooLarge(request);
    this.options.onProgress?.();
    if (answer === null) {
      this.refuse(info, 'the answer is larger than the limit');
      return;
    }
    if (isSuccess(answer)) {
      this.takeArtifact(info, request, answer);
      return;
    }
    // The trace has no data, or is gone since it was listed: its info is all there is. So says MLflow itself, not a
    // proxy, nor a server that has this path only behind its static prefix.
    if (answer.status === 404 && !isMissing(answer, null)) {
      this.take(info, []);
      return;
    }
    if (answer.status === 500) {
      this.refuse(info, 'the server fails on this trace (HTTP 500)');
      return;
    }
    if (isRefused(answer) && !(await this.listedStill([info])).has(info.traceId)) {
      this.take(info, []);
      return;
    }
    throw this.client.errorOf(request, answer);
  }

  private takeArtifact(info: TraceInfo, request: MlflowRequest, answer: HttpAnswer): void {
    try {
      this.take(info, member(this.client.reply(request, answer).value, 'spans'));
    } catch (error) {
      if (!(error instanceof TraceliftError) || error.code !== 'SourceBadAnswer') throw error;
      this.refuse(info, 'the stored file is damaged');
    }
  }

  private take(info: TraceInfo, wire: JsonValue | undefined): void {
    const decoding = decodeSpans(wire);
    this.readings.push({ traceId: info.traceId, spanState: spanStateOf(info, decoding), spans: decoding.spans });
  }

  private refuse(info: TraceInfo, reason: string): void {
    const { traceId, startTimeMs } = info;
    const message = errorMessage('SpansUnreadable', { traceId, reason });
    this.unreadable.push({ traceId, startTimeMs, errorCode: 'SpansUnreadable', message });
  }

  /** Where every single trace failed, ask for one that does not exist: a sound server says 404, or refuses it. */
  private async requireHealth(): Promise<void> {
    const request = this.get('/ajax-api/2.0/mlflow/get-trace-artifact', { request_id: `tr-${'0'.repeat(32)}` });
    const answer = await this.client.send(request);
    if (answer.status !== 404 && !isRefused(answer)) throw this.client.errorOf(request, answer);
  }

  private get(path: string, query: Exclude<MlflowRequest['query'], undefined>): MlflowRequest {
    return { method: 'GET', path, query, signal: this.options.signal };
  }

  private async sendUnlessTooLarge(request: MlflowRequest): Promise<HttpAnswer | null> {
    try {
      return await this.client.download(request);
    } catch (error) {
      if (error instanceof TraceliftError && error.code === 'SourceAnswerTooLarge') return null;
      throw error;
    }
  }
}

/** Answers that may be due to one of the traces asked for, as opposed to the server or the connection. */
function isAboutTheTraces(answer: HttpAnswer): boolean {
  return answer.status === 500 || answer.status === 404 || answer.status === 400;
}
