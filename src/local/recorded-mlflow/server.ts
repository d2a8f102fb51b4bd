/**
 * The part of MLflow's REST API that tracelift reads, over a store in memory. Speaks like the real server, down to its
 * odd answers: an empty page is `{}`, unknown experiments have no traces, unknown ids are left out of batches.
 * Imports Node and the store's types.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { countBetween, defaultMaxResults, searchPage, SearchRefused } from './page-search.js';
import { firstPositionFrom, type StoredExperiment, type StoredTrace, type TraceStore } from './trace-store.js';

export interface RunningStandIn {
  /** `http://127.0.0.1:<port>` */
  readonly address: string;
  close(): Promise<void>;
}

/** @param port default: a free one */
export async function serveStore(store: TraceStore, port = 0): Promise<RunningStandIn> {
  const server = createServer((request, response) => {
    void answer(store, request, response);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Call {
  readonly store: TraceStore;
  readonly query: URLSearchParams;
  /** Parsed JSON body; an empty object where there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** What the path's pattern caught, decoded. */
  readonly caught: string;
}

interface Reply {
  readonly status: number;
  readonly type: 'application/json' | 'text/plain' | 'text/html';
  readonly text: string;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly reply: (call: Call) => Reply;
}

const json = (text: string): Reply => ({ status: 200, type: 'application/json', text });
const plain = (text: string): Reply => ({ status: 200, type: 'text/plain', text });
const refusal = (status: number, errorCode: string, message: string): Reply => ({
  status,
  type: 'application/json',
  text: JSON.stringify({ error_code: errorCode, message }),
});
const notFound = (message: string): Reply => refusal(404, 'RESOURCE_DOES_NOT_EXIST', message);

/** The first match counts: fixed names come before ids. */
const routes: readonly Route[] = [
  { method: 'GET', path: /^\/health$/, reply: () => plain('OK') },
  { method: 'GET', path: /^\/version$/, reply: ({ store }) => plain(store.version) },
  {
    method: 'GET',
    path: /^\/(?:ajax-)?api\/3\.0\/mlflow\/server-info$/,
    reply: () => json('{"store_type":"SqlStore","workspaces_enabled":false}'),
  },
  { method: 'GET', path: /^\/(?:ajax-)?api\/2\.0\/mlflow\/experiments\/get$/, reply: experimentById },
  { method: 'GET', path: /^\/(?:ajax-)?api\/2\.0\/mlflow\/experiments\/get-by-name$/, reply: experimentByName },
  { method: 'POST', path: /^\/(?:ajax-)?api\/2\.0\/mlflow\/experiments\/search$/, reply: allExperiments },
  { method: 'POST', path: /^\/(?:ajax-)?api\/3\.0\/mlflow\/traces\/search$/, reply: search },
  { method: 'POST', path: /^\/(?:ajax-)?api\/3\.0\/mlflow\/traces\/metrics$/, reply: counts },
  { method: 'GET', path: /^\/(?:ajax-)?api\/3\.0\/mlflow\/traces\/batchGet$/, reply: batchGet },
  { method: 'GET', path: /^\/(?:ajax-)?api\/3\.0\/mlflow\/traces\/get$/, reply: traceWithSpans },
  { method: 'POST', path: /^\/(?:ajax-)?api\/3\.0\/mlflow\/traces\/([^/]+)\/assessments$/, reply: addAssessment },
  { method: 'GET', path: /^\/(?:ajax-)?api\/3\.0\/mlflow\/traces\/([^/]+)$/, reply: traceInfo },
  { method: 'GET', path: /^\/ajax-api\/[23]\.0\/mlflow\/get-trace-artifact$/, reply: traceArtifact },
  { method: 'POST', path: /^\/ajax-api\/3\.0\/mlflow\/demo\/generate$/, reply: demo },
];

async function answer(store: TraceStore, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = await replyTo(store, request);
  const bytes = Buffer.from(reply.text, 'utf8');
  response.writeHead(reply.status, { 'Content-Type': reply.type, 'Content-Length': bytes.length });
  response.end(bytes);
}

async function replyTo(store: TraceStore, request: IncomingMessage): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://stand-in');
  const text = await bodyOf(request);
  for (const route of routes) {
    const match = route.method === request.method ? route.path.exec(url.pathname) : null;
    if (match === null) continue;
    try {
      const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
      return route.reply({ store, query: url.searchParams, body, caught: decodeURIComponent(match[1] ?? '') });
    } catch (error) {
      if (error instanceof SearchRefused) return refusal(400, 'INVALID_PARAMETER_VALUE', error.message);
      if (error instanceof SyntaxError || error instanceof URIError) return refusal(400, 'BAD_REQUEST', 'not readable');
      return { status: 500, type: 'text/html', text: '<!doctype html><title>500 Internal Server Error</title>' };
    }
  }
  return { status: 404, type: 'text/html', text: '<!doctype html><title>404 Not Found</title>' };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function experimentJson(experiment: StoredExperiment): object {
  return { experiment_id: experiment.experimentId, name: experiment.name, lifecycle_stage: 'active' };
}

function experimentById({ store, query }: Call): Reply {
  const id = query.get('experiment_id');
  const experiment = store.experiments.find((one) => one.experimentId === id);
  return experiment === undefined
    ? notFound(`No Experiment with id=${id ?? ''} exists`)
    : json(JSON.stringify({ experiment: experimentJson(experiment) }));
}

function experimentByName({ store, query }: Call): Reply {
  const name = query.get('experiment_name');
  const experiment = store.experiments.find((one) => one.name === name);
  return experiment === undefined
    ? notFound(`Could not find experiment with name '${name ?? ''}'`)
    : json(JSON.stringify({ experiment: experimentJson(experiment) }));
}

function allExperiments({ store }: Call): Reply {
  return json(JSON.stringify({ experiments: store.experiments.map(experimentJson) }));
}

function search({ store, body }: Call): Reply {
  const locations = (body['locations'] ?? []) as { mlflow_experiment?: { experiment_id?: string } }[];
  const page = searchPage(store, {
    experimentIds: locations.flatMap((location) => location.mlflow_experiment?.experiment_id ?? []),
    filter: typeof body['filter'] === 'string' ? body['filter'] : '',
    maxResults: Number(body['max_results'] ?? defaultMaxResults),
    orderBy: (body['order_by'] ?? []) as string[],
    pageToken: typeof body['page_token'] === 'string' ? body['page_token'] : undefined,
  });
  if (page.traces.length === 0) return json('{}');
  const token = page.nextPageToken === undefined ? '' : `,"next_page_token":"${page.nextPageToken}"`;
  return json(`{"traces":[${page.traces.map((trace) => trace.infoJson()).join(',')}]${token}}`);
}

/** Counts of traces and of their spans only, both by the time of the trace; MLflow's end is inclusive. */
function counts({ store, body }: Call): Reply {
  const metric = `${String(body['view_type'])}/${String(body['metric_name'])}`;
  if (metric !== 'TRACES/trace_count' && metric !== 'SPANS/span_count') {
    throw new SearchRefused('Only counts of traces and spans are served here.');
  }
  const [experimentId = ''] = (body['experiment_ids'] ?? []) as string[];
  const fromMs = Number(body['start_time_ms'] ?? 0);
  const toMs = Number(body['end_time_ms'] ?? Number.MAX_SAFE_INTEGER) + 1;
  const count = (metric === 'SPANS/span_count' ? countSpansBetween : countBetween)(store, experimentId, fromMs, toMs);
  return json(JSON.stringify({ data_points: [{ metric_name: body['metric_name'], values: { COUNT: count } }] }));
}

function countSpansBetween(store: TraceStore, experimentId: string, fromMs: number, toMs: number): number {
  const end = firstPositionFrom(store, experimentId, toMs);
  let count = 0;
  for (let position = firstPositionFrom(store, experimentId, fromMs); position < end; position += 1) {
    count += (JSON.parse(store.traceAt(experimentId, position).spansJson()) as unknown[]).length;
  }
  return count;
}

function batchGet({ store, query }: Call): Reply {
  const ids = query.getAll('trace_ids');
  if (ids.length === 0) throw new SearchRefused("Missing value for required parameter 'trace_ids'.");
  const traces = [...new Set(ids)].flatMap((id) => store.find(id) ?? []);
  return json(traces.length === 0 ? '{}' : `{"traces":[${traces.map(wholeTrace).join(',')}]}`);
}

function traceWithSpans({ store, query }: Call): Reply {
  const id = query.get('trace_id') ?? '';
  const trace = store.find(id);
  return trace === undefined ? notFound(`Trace with ID ${id} is not found.`) : json(`{"trace":${wholeTrace(trace)}}`);
}

function wholeTrace(trace: StoredTrace): string {
  return `{"trace_info":${trace.infoJson()},"spans":${trace.spansJson()}}`;
}

function traceInfo({ store, caught }: Call): Reply {
  const trace = store.find(caught);
  if (trace === undefined) return notFound(`Trace with ID '${caught}' not found.`);
  return json(`{"trace":{"trace_info":${trace.infoJson()}}}`);
}

/** The spans in the encoding of batchGet: readers take both. */
function traceArtifact({ store, query }: Call): Reply {
  const id = query.get('request_id') ?? '';
  const trace = store.find(id);
  return trace === undefined ? notFound(`Trace with ID '${id}' not found.`) : json(`{"spans":${trace.spansJson()}}`);
}

function addAssessment({ store, body, caught }: Call): Reply {
  if (store.addAssessment === undefined || store.find(caught) === undefined) return notFound(`No trace ${caught}`);
  const now = new Date().toISOString();
  const given = (body['assessment'] ?? {}) as Record<string, unknown>;
  const stamps = { create_time: now, last_update_time: now, valid: true };
  const assessment = { ...stamps, ...given, trace_id: caught, assessment_id: `a-${crypto.randomUUID()}` };
  store.addAssessment(caught, JSON.stringify(assessment));
  return json(JSON.stringify({ assessment }));
}

function demo({ store }: Call): Reply {
  const experimentId = store.experiments[0]?.experimentId ?? '';
  const status = { status: 'exists', experiment_id: experimentId, features_generated: [] };
  return json(JSON.stringify(status));
}
