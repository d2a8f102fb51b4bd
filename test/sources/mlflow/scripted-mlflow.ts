/**
 * Answers like MLflow servers of chosen versions and defects, as observed on real ones: enough of the API for the
 * fall-backs of the source. Real servers are used wherever they show the same.
 */
import { createMlflowSource, type MlflowSourceOptions } from '../../../src/sources/mlflow/mlflow-source.js';
import type { JsonObject } from '../../../src/json/json-value.js';
import { silentLog } from '../../../src/log.js';
import type { TraceSource } from '../../../src/sources/trace-source.js';
import { type Reply, type ScriptedServer, type SeenRequest, startScriptedServer } from '../../http/scripted-server.js';

export interface ScriptedTraits {
  readonly version?: string;
  /** Since 3.2. */
  readonly hasV3Search?: boolean;
  /** Since 3.6; before, the endpoint is taken for a trace id. */
  readonly hasBatchGet?: boolean;
  /** Since 3.7; before, likewise. */
  readonly hasTraceGet?: boolean;
  /** Since 3.9. */
  readonly hasMetrics?: boolean;
  /** Traces whose assessments hold a NaN: V3 pages with one of them crash. */
  readonly poisonedIds?: readonly string[];
  /** Traces whose spans lie in the artifact store: batches with one of them fail. */
  readonly artifactIds?: readonly string[];
  /** Traces that batchGet leaves out without a word. */
  readonly omittedIds?: readonly string[];
  /** Traces whose spans make every route fail. */
  readonly brokenIds?: readonly string[];
  /** `--static-prefix`; all paths stand behind it, before 3.12 all but those under `/api`, `/version` and `/health`. */
  readonly staticPrefix?: { readonly path: string; readonly isBefore312: boolean };
  /** Answers before everything else. */
  readonly override?: (request: SeenRequest) => Reply | undefined;
}

export const htmlCrash: Reply = { status: 500, body: '<!doctype html><title>500 Internal Server Error</title>' };

export const refusal = (status: number, errorCode: string, message: string): Reply => ({
  status,
  body: { error_code: errorCode, message },
});

interface ScriptedTrace {
  readonly id: string;
  readonly startMs: number;
}

/** Traces start one second apart. */
function scriptedTrace(traceId: string, number: number): ScriptedTrace {
  return { id: traceId, startMs: Date.UTC(2026, 0, 1) + number * 1000 };
}

export async function startScriptedMlflow(
  traceIds: readonly string[],
  traits: ScriptedTraits,
): Promise<ScriptedServer> {
  const mlflow = new ScriptedMlflow(traceIds.map(scriptedTrace), traits);
  return startScriptedServer((request) => {
    const path = withoutPrefix(request.path, traits.staticPrefix);
    if (path === null) return { status: 404, body: '<!doctype html><title>404 Not Found</title>' };
    return traits.override?.(request) ?? mlflow.answer({ ...request, path });
  });
}

/** The path as routes know it, or null where the prefix is missing or too much. */
function withoutPrefix(path: string, prefix: ScriptedTraits['staticPrefix']): string | null {
  if (prefix === undefined) return path;
  const hasPrefix = path.startsWith(`${prefix.path}/`);
  const bare = hasPrefix ? path.slice(prefix.path.length) : path;
  const needsPrefix = !prefix.isBefore312 || bare.startsWith('/ajax-api/');
  return hasPrefix === needsPrefix ? bare : null;
}

export function connectTo(address: string, options: Partial<MlflowSourceOptions> = {}): TraceSource {
  const retry = { firstDelayMs: 1, maxAttempts: 2 };
  return createMlflowSource({ address, auth: { kind: 'none' }, log: silentLog, retry, ...options });
}

class ScriptedMlflow {
  constructor(
    private readonly traces: readonly ScriptedTrace[],
    private readonly traits: ScriptedTraits,
  ) {}

  answer(request: SeenRequest): Reply {
    const { path, query } = request;
    const { version = '3.17.2' } = this.traits;
    if (path === '/version') return { body: version };
    if (path === '/ajax-api/2.0/mlflow/get-trace-artifact') return this.artifact(query.get('request_id') ?? '');
    // Everything else is there twice, once for MLflow's own pages.
    return this.answerApi({ ...request, path: path.replace(/^\/ajax-api\//, '/api/') });
  }

  private answerApi({ path, query, body }: SeenRequest): Reply {
    const { hasV3Search, hasMetrics } = this.traits;
    if (path === '/api/2.0/mlflow/experiments/get') return refusal(404, 'RESOURCE_DOES_NOT_EXIST', 'no experiment');
    if (path === '/api/2.0/mlflow/traces') return this.searchV2(query);
    const v2Info = /^\/api\/2\.0\/mlflow\/traces\/(.+)\/info$/.exec(path);
    if (v2Info !== null) return this.infoV2(decodeURIComponent(v2Info[1]!));
    if (hasV3Search === false || !path.startsWith('/api/3.0/mlflow/traces')) return { status: 404 };
    if (path.endsWith('/search')) return this.searchV3(JSON.parse(body) as JsonObject);
    if (path.endsWith('/metrics')) return hasMetrics === false ? { status: 405 } : { body: {} };
    return this.trace(path.slice('/api/3.0/mlflow/traces/'.length), query);
  }

  private trace(name: string, query: URLSearchParams): Reply {
    if (name === 'batchGet' && this.traits.hasBatchGet !== false) return this.batchGet(query.getAll('trace_ids'));
    if (name === 'get' && this.traits.hasTraceGet !== false) return this.traceGet(query.get('trace_id') ?? '');
    const trace = this.traces.find((one) => one.id === decodeURIComponent(name));
    if (trace === undefined) return refusal(404, 'RESOURCE_DOES_NOT_EXIST', `Trace with ID '${name}' not found.`);
    return this.isPoisoned(trace.id) ? htmlCrash : { body: { trace: { trace_info: infoV3(trace) } } };
  }

  private isPoisoned(id: string): boolean {
    return this.traits.poisonedIds?.includes(id) === true;
  }

  private searchV3(body: JsonObject): Reply {
    const {
      filter = '',
      locations,
      page_token: token,
    } = body as { filter?: string; locations: unknown[]; page_token?: string };
    if (!JSON.stringify(locations).includes('"experiment_id":"1"')) return { body: {} };
    const page = this.page(filter, Number(body['max_results']), token);
    if (page.traces.some((trace) => this.isPoisoned(trace.id))) return htmlCrash;
    return { body: { ...page.rest, ...(page.traces.length === 0 ? {} : { traces: page.traces.map(infoV3) }) } };
  }

  private searchV2(query: URLSearchParams): Reply {
    const token = query.get('page_token') ?? undefined;
    const page = this.page(query.get('filter') ?? '', Number(query.get('max_results')), token);
    return { body: { ...page.rest, traces: page.traces.map(infoV2) } };
  }

  /** Tokens are offsets, and a full page has one even when nothing follows. */
  private page(filter: string, maxResults: number, token = '0'): { traces: ScriptedTrace[]; rest: JsonObject } {
    const found = this.traces.filter((trace) => matches(filter, trace));
    const traces = found.slice(Number(token), Number(token) + maxResults);
    return { traces, rest: traces.length < maxResults ? {} : { next_page_token: String(Number(token) + maxResults) } };
  }

  private infoV2(id: string): Reply {
    const trace = this.traces.find((one) => one.id === id);
    return trace === undefined
      ? refusal(404, 'RESOURCE_DOES_NOT_EXIST', 'no such trace')
      : { body: { trace_info: infoV2(trace) } };
  }

  private batchGet(ids: readonly string[]): Reply {
    const { artifactIds = [], brokenIds = [], omittedIds = [] } = this.traits;
    if (ids.some((id) => artifactIds.includes(id))) {
      return refusal(500, 'INTERNAL_ERROR', 'Trace data not stored in tracking store');
    }
    if (ids.some((id) => brokenIds.includes(id))) return htmlCrash;
    const known = this.traces.filter((trace) => ids.includes(trace.id) && !omittedIds.includes(trace.id));
    return {
      body: { traces: known.map((trace) => ({ trace_info: infoV3(trace), spans: [otlpSpan(trace.startMs)] })) },
    };
  }

  private traceGet(id: string): Reply {
    const { artifactIds = [], brokenIds = [] } = this.traits;
    if (brokenIds.includes(id)) return htmlCrash;
    if (artifactIds.includes(id)) return refusal(500, 'INTERNAL_ERROR', 'Trace data not stored in tracking store');
    const trace = this.traces.find((one) => one.id === id);
    return trace === undefined
      ? refusal(404, 'RESOURCE_DOES_NOT_EXIST', `Trace with ID ${id} is not found.`)
      : { body: { trace: { trace_info: infoV3(trace), spans: [otlpSpan(trace.startMs)] } } };
  }

  private artifact(id: string): Reply {
    if (this.traits.brokenIds?.includes(id) === true) return htmlCrash;
    const trace = this.traces.find((one) => one.id === id);
    if (trace === undefined) return refusal(404, 'RESOURCE_DOES_NOT_EXIST', `Trace with ID ${id} is not found.`);
    return { body: { spans: [{ ...otlpSpan(trace.startMs), attributes: { 'mlflow.spanType': '"CHAIN"' } }] } };
  }
}

function matches(filter: string, trace: ScriptedTrace): boolean {
  return filter.split(' AND ').every((clause) => {
    if (clause === '') return true;
    const range = /^timestamp_ms (>=|<) (\d+)$/.exec(clause);
    if (range !== null) return range[1] === '<' ? trace.startMs < Number(range[2]) : trace.startMs >= Number(range[2]);
    return [...clause.matchAll(/'([^']*)'/g)].some((match) => match[1] === trace.id);
  });
}

function infoV3({ id, startMs }: ScriptedTrace): JsonObject {
  return {
    trace_id: id,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '1' } },
    request_time: new Date(startMs).toISOString(),
    execution_duration: '1s',
    state: 'OK',
    tags: { 'mlflow.trace.spansLocation': 'TRACKING_STORE' },
  };
}

function infoV2({ id, startMs }: ScriptedTrace): JsonObject {
  return { request_id: id, experiment_id: '1', timestamp_ms: startMs, execution_time_ms: 1000, status: 'OK', tags: [] };
}

function otlpSpan(startMs: number): JsonObject {
  return {
    span_id: 'nloPWUgp0V8=',
    name: 'root',
    start_time_unix_nano: startMs * 1000,
    end_time_unix_nano: startMs * 1000 + 5,
    attributes: [{ key: 'mlflow.spanType', value: { string_value: 'CHAIN' } }],
    status: { code: 'STATUS_CODE_OK' },
  };
}
