/**
 * MLflow in the fake workspace, over a store of traces: experiments, V3 search and infos. Not modelled: V2 search,
 * batchGet, metrics and Unity Catalog locations; they answer ENDPOINT_NOT_FOUND like any path that is not there.
 *
 * Paths, fields and the limit of 500 after mlflow/protos/service.proto and mlflow/store/tracking/databricks_rest_store.py;
 * no live workspace was seen. An unknown experiment has no traces, as on open-source servers.
 */
import { parse, stringify } from 'lossless-json';
import { searchPage, SearchRefused } from '../../../src/local/recorded-mlflow/page-search.js';
import type { StoredExperiment, TraceStore } from '../../../src/local/recorded-mlflow/trace-store.js';
import { apiError, type FakeAnswer, type FakeRequest, type Route } from './http.js';

export class FakeDatabricksMlflow {
  store: TraceStore | null = null;
  /** Tokens of a workspace are opaque: each belongs to one search, and says nothing by itself. */
  readonly #tokens = new Map<string, { readonly search: string; readonly offsetToken: string }>();

  readonly routes: readonly Route[] = [
    {
      method: 'GET',
      pattern: /^\/api\/2\.0\/mlflow\/experiments\/get$/,
      handle: ({ query }) =>
        this.#experiment(({ experimentId }) => experimentId === query.get('experiment_id'), query.get('experiment_id')),
    },
    {
      method: 'GET',
      pattern: /^\/api\/2\.0\/mlflow\/experiments\/get-by-name$/,
      handle: ({ query }) =>
        this.#experiment(({ name }) => name === query.get('experiment_name'), query.get('experiment_name')),
    },
    {
      method: 'POST',
      pattern: /^\/api\/2\.0\/mlflow\/experiments\/search$/,
      handle: () => ({ status: 200, json: { experiments: (this.store?.experiments ?? []).map(experimentJson) } }),
    },
    {
      method: 'POST',
      pattern: /^\/api\/3\.0\/mlflow\/traces\/search$/,
      handle: (request) => this.#search(request),
    },
    {
      method: 'GET',
      pattern: /^\/api\/3\.0\/mlflow\/traces\/([^/]+)$/,
      handle: (_, [, traceId = '']) => {
        const trace = this.store?.find(traceId);
        return trace === undefined
          ? apiError(404, 'RESOURCE_DOES_NOT_EXIST', `Trace with id '${traceId}' not found.`)
          : jsonText(`{"trace":{"trace_info":${trace.infoJson()}}}`);
      },
    },
  ];

  /** `traces.json` of a trace, schema 3: attributes are texts of JSON (mlflow/entities/span.py `Span.to_dict`). */
  readonly documentOf = (traceId: string): string | undefined => {
    const spans = this.store?.find(traceId)?.spansJson();
    if (spans === undefined) return undefined;
    const items = parse(spans) as Record<string, unknown>[];
    return stringify({ spans: items.map((span) => ({ parent_span_id: null, ...span, attributes: textsOf(span) })) });
  };

  #experiment(isWanted: (experiment: StoredExperiment) => boolean, wanted: string | null): FakeAnswer {
    const found = this.store?.experiments.find(isWanted);
    return found === undefined
      ? apiError(404, 'RESOURCE_DOES_NOT_EXIST', `Node ID ${wanted ?? ''} does not exist.`)
      : { status: 200, json: { experiment: experimentJson(found) } };
  }

  #search(request: FakeRequest): FakeAnswer {
    const { page_token: token, ...search } = request.json();
    const key = JSON.stringify(search);
    const known = typeof token === 'string' ? this.#tokens.get(token) : undefined;
    if (token !== undefined && known?.search !== key) {
      return apiError(400, 'INVALID_PARAMETER_VALUE', 'Invalid page token.');
    }
    try {
      return this.#page(search, key, known?.offsetToken);
    } catch (error) {
      if (error instanceof SearchRefused) return apiError(400, 'INVALID_PARAMETER_VALUE', error.message);
      throw error;
    }
  }

  #page(search: Record<string, unknown>, key: string, offsetToken: string | undefined): FakeAnswer {
    if (this.store === null) return { status: 200, json: {} };
    // "Key rules" and "searchable fields" of
    // https://docs.databricks.com/aws/en/mlflow3/genai/tracing/observe-with-traces/query-via-sdk.
    const filter = typeof search['filter'] === 'string' ? search['filter'] : '';
    const orderBy = (search['order_by'] ?? []) as string[];
    const isKnown =
      filter === '' || filter.split(' AND ').every((clause) => clause.startsWith('attributes.timestamp_ms '));
    if (!isKnown || orderBy.some((key) => !/^timestamp_ms (?:ASC|DESC)$/.test(key))) {
      throw new SearchRefused('Invalid attribute key.');
    }
    const locations = (search['locations'] ?? []) as { mlflow_experiment?: { experiment_id?: string } }[];
    const page = searchPage(this.store, {
      experimentIds: locations.flatMap((location) => location.mlflow_experiment?.experiment_id ?? []),
      filter: filter.replaceAll('attributes.', ''),
      maxResults: Number(search['max_results'] ?? 100),
      orderBy,
      pageToken: offsetToken,
    });
    const traces = `"traces":[${page.traces.map((trace) => trace.infoJson()).join(',')}]`;
    if (page.nextPageToken === undefined) return jsonText(page.traces.length === 0 ? '{}' : `{${traces}}`);
    const token = `opaque-${String(this.#tokens.size + 1)}`;
    this.#tokens.set(token, { search: key, offsetToken: page.nextPageToken });
    return jsonText(`{${traces},"next_page_token":"${token}"}`);
  }
}

const jsonText = (text: string): FakeAnswer => ({
  status: 200,
  body: Buffer.from(text),
  headers: { 'Content-Type': 'application/json' },
});

const experimentJson = ({ experimentId, name }: StoredExperiment): object => ({
  experiment_id: experimentId,
  name,
  lifecycle_stage: 'active',
});

/** The attributes of batchGet's encoding (a list of typed values) as texts of JSON by key. */
function textsOf(span: Record<string, unknown>): Record<string, string> {
  const attributes = (span['attributes'] ?? []) as { key: string; value?: unknown }[];
  return Object.fromEntries(attributes.map(({ key, value }) => [key, stringify(plain(value)) ?? 'null']));
}

function plain(value: unknown): unknown {
  const [kind, content] = Object.entries((value ?? {}) as Record<string, unknown>)[0] ?? ['none', null];
  const items = (content as { values?: unknown[] } | null)?.values ?? [];
  if (kind === 'array_value') return items.map(plain);
  if (kind !== 'kvlist_value') return content;
  return Object.fromEntries((items as { key: string; value?: unknown }[]).map((item) => [item.key, plain(item.value)]));
}
