/**
 * MLflow as a source of traces: a server of one's own, or MLflow in a Databricks workspace. Facts about the API:
 * https://github.com/mlflow/mlflow/blob/master/mlflow/protos/service.proto
 */
import { TraceliftError } from '../../errors/index.js';
import { itemsOf, member } from '../../trace/wire/decode-values.js';
import type { TraceInfo } from '../../trace/trace.js';
import type { Experiment, InfoPage, PageRequest, SpansRead } from '../trace-source.js';
import type { ReadAttachment, SourceDescription, TraceSource, WantedAttachment } from '../trace-source.js';
import { abandonable } from '../../http/cancellation.js';
import { readAttachment } from './attachments.js';
import { knownPath } from './api-root.js';
import { isMissing } from './answer-errors.js';
import { databricksCapabilities, type Capabilities, isRefused, probe } from './capabilities.js';
import { getExperiment, listExperiments } from './experiments.js';
import { createSignedDownloads, type SignedDownloads } from './databricks/signed-downloads.js';
import { readSignedSpans, signedRoute } from './databricks/signed-spans.js';
import { MlflowClient, type MlflowRequest } from './mlflow-client.js';
import { type MlflowSourceOptions, sourceIdOf } from './source-options.js';
import { readSpans, spanRoutes } from './span-reader.js';
import { TraceSizeEstimate } from './span-batches.js';
import { TraceSearch } from './trace-search.js';
import type { CallOptions } from '../../call-options.js';

export type { MlflowSourceOptions } from './source-options.js';

/** Connects lazily: the first call finds out what the server can do. Errors as in the port. */
export function createMlflowSource(options: MlflowSourceOptions): TraceSource {
  return new MlflowSource(options);
}

const versionRequest = { method: 'GET', path: '/version' } as const;

class MlflowSource implements TraceSource {
  private readonly client: MlflowClient;
  private readonly sizeEstimate = new TraceSizeEstimate();
  private readonly downloads: SignedDownloads | null;
  private capabilities: Promise<Capabilities> | null = null;
  /** Experiment that the server was asked about for `capabilities`; null where none was named yet. */
  private probedFor: string | null = null;

  constructor(private readonly options: MlflowSourceOptions) {
    this.client = new MlflowClient(options);
    this.downloads = options.databricks === undefined ? null : createSignedDownloads(options);
  }

  async describe(call: CallOptions = {}): Promise<SourceDescription> {
    const capabilities = await this.probed(call);
    return {
      sourceId: this.options.sourceId ?? sourceIdOf(this.options.address),
      address: this.client.connection.address,
      version: capabilities.version,
      searchApi: capabilities.searchApi,
      spanRoutes: this.downloads === null ? spanRoutes(capabilities) : [signedRoute],
      hasTraceCounts: capabilities.hasMetrics,
    };
  }

  async getExperiment(idOrName: string, call: CallOptions = {}): Promise<Experiment> {
    await this.probed(call);
    return getExperiment(this.client, idOrName, call);
  }

  async listExperiments(call: CallOptions = {}): Promise<Experiment[]> {
    await this.probed(call);
    return listExperiments(this.client, call);
  }

  async searchPage(request: PageRequest, call: CallOptions = {}): Promise<InfoPage> {
    return (await this.search(request.experimentId, call)).page(request, call);
  }

  async getInfos(experimentId: string, traceIds: readonly string[], call: CallOptions = {}): Promise<InfoPage> {
    return (await this.search(experimentId, call)).byIds(experimentId, traceIds, call);
  }

  async readSpans(infos: readonly TraceInfo[], call: CallOptions = {}): Promise<SpansRead> {
    if (this.downloads !== null) return readSignedSpans(this.client, this.downloads, infos, call);
    const [first] = infos;
    if (first === undefined) return { readings: [], unreadable: [] };
    const { experimentId } = first;
    const capabilities = await this.probed(call, experimentId);
    const search = new TraceSearch(this.client, capabilities.searchApi);
    return readSpans({ client: this.client, capabilities, sizeEstimate: this.sizeEstimate, search }, infos, call);
  }

  /** A workspace gives files out by links of their own, which are not public. */
  async readAttachment(wanted: WantedAttachment, call: CallOptions = {}): Promise<ReadAttachment> {
    if (this.downloads !== null) return { kind: 'missing', reason: 'unsupported' };
    await this.probed(call);
    return readAttachment(this.client, wanted, call);
  }

  countTraces(experimentId: string, fromMs: number, toMs: number, call: CallOptions = {}): Promise<number | null> {
    return this.count({ view_type: 'TRACES', metric_name: 'trace_count' }, experimentId, { fromMs, toMs }, call);
  }

  /** By the time of the trace, not of the span; spans that lie in artifacts are not counted by any server. */
  async countSpans(experimentId: string, fromMs: number, toMs: number, call: CallOptions = {}): Promise<number | null> {
    try {
      return await this.count({ view_type: 'SPANS', metric_name: 'span_count' }, experimentId, { fromMs, toMs }, call);
    } catch (error) {
      // A server that counts traces only refuses the metric; it cannot say.
      if (error instanceof TraceliftError && error.code === 'SourceRequestRefused') return null;
      throw error;
    }
  }

  async earliestTraceMs(experimentId: string, call: CallOptions = {}): Promise<number | null> {
    return (await this.search(experimentId, call)).earliestMs(experimentId, call);
  }

  async nowMs(call: CallOptions = {}): Promise<number> {
    const answer = await this.client.send({
      // A workspace has no /version; every answer carries the time.
      ...(this.downloads === null ? versionRequest : knownPath),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
    return answer.serverTimeMs ?? Date.now();
  }

  close(): Promise<void> {
    this.client.close();
    this.downloads?.close();
    return Promise.resolve();
  }

  private async count(
    metric: { readonly view_type: string; readonly metric_name: string },
    experimentId: string,
    { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
    call: CallOptions,
  ): Promise<number | null> {
    if (!(await this.probed(call)).hasMetrics) return null;
    if (fromMs >= toMs) return 0;
    const body = {
      experiment_ids: [experimentId],
      ...metric,
      aggregations: [{ aggregation_type: 'COUNT' }],
      start_time_ms: fromMs,
      end_time_ms: toMs - 1,
    };
    const request: MlflowRequest = {
      method: 'POST',
      path: '/api/3.0/mlflow/traces/metrics',
      body: JSON.stringify(body),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    };
    const answer = await this.client.send(request);
    // A right to read traces need not be one to count them.
    if (isRefused(answer) || isMissing(answer, null)) return null;
    const { value } = this.client.reply(request, answer);
    const count = member(member(itemsOf(member(value, 'data_points'))[0], 'values'), 'COUNT');
    return typeof count === 'number' && Number.isSafeInteger(count) ? count : null;
  }

  private async search(experimentId: string, call: CallOptions): Promise<TraceSearch> {
    return new TraceSearch(this.client, (await this.probed(call, experimentId)).searchApi);
  }

  /**
   * Asked once per source, for all callers: one caller's abort does not end it. A failure is not remembered, and what
   * was refused is asked again for the next experiment.
   */
  private async probed(call: CallOptions, experimentId: string | null = null): Promise<Capabilities> {
    const capabilities = await this.remembered(call, experimentId);
    if (capabilities.isSearchKnown || experimentId === null || this.probedFor === experimentId) return capabilities;
    this.capabilities = null;
    return this.remembered(call, experimentId);
  }

  private async remembered(call: CallOptions, experimentId: string | null): Promise<Capabilities> {
    if (this.capabilities === null) this.probedFor = experimentId;
    const asking = (this.capabilities ??=
      this.downloads === null ? probe(this.client, experimentId) : Promise.resolve(databricksCapabilities));
    try {
      return await abandonable(asking, call.signal);
    } catch (error) {
      if (this.capabilities === asking) this.capabilities = null;
      throw error;
    }
  }
}
