/**
 * MLflow's trace search over a store: the filters, orders and page tokens that tracelift uses, refusals for the rest.
 * Imports the store's types.
 */
import { firstPositionFrom, type StoredTrace, type TraceStore } from './trace-store.js';

export interface SearchRequest {
  readonly experimentIds: readonly string[];
  readonly filter: string;
  readonly maxResults: number;
  readonly orderBy: readonly string[];
  readonly pageToken: string | undefined;
}

export interface SearchedPage {
  readonly traces: readonly StoredTrace[];
  readonly nextPageToken: string | undefined;
}

/** MLflow's own limit and default. */
const maxResultsLimit = 500;
export const defaultMaxResults = 100;

/** Why a search is refused, in MLflow's way: HTTP 400 with INVALID_PARAMETER_VALUE. */
export class SearchRefused extends Error {}

/** @throws SearchRefused */
export function searchPage(store: TraceStore, request: SearchRequest): SearchedPage {
  const { maxResults, pageToken } = request;
  if (!Number.isInteger(maxResults) || maxResults < 1 || maxResults > maxResultsLimit) {
    throw new SearchRefused(`Invalid value ${maxResults} for parameter 'max_results' supplied.`);
  }
  const [experimentId] = request.experimentIds;
  if (experimentId === undefined) return { traces: [], nextPageToken: undefined };
  if (request.experimentIds.length > 1) throw new SearchRefused('One experiment at a time is served here.');
  const offset = pageToken === undefined ? 0 : offsetOf(pageToken);
  const selection = select(store, experimentId, request.filter);
  const last = Math.min(offset + maxResults, selection.length);
  const isAscending = isOldestFirst(request.orderBy);
  const traces: StoredTrace[] = [];
  for (let index = offset; index < last; index++) {
    traces.push(selection.at(isAscending ? index : selection.length - 1 - index));
  }
  // A full page has a token even when nothing follows, as on the real server.
  return { traces, nextPageToken: traces.length === maxResults ? tokenOf(offset + maxResults) : undefined };
}

/** Number of traces that start in `[fromMs, toMs)`. */
export function countBetween(store: TraceStore, experimentId: string, fromMs: number, toMs: number): number {
  const first = firstPositionFrom(store, experimentId, fromMs);
  return Math.max(0, firstPositionFrom(store, experimentId, toMs) - first);
}

interface Selection {
  readonly length: number;
  at(index: number): StoredTrace;
}

function select(store: TraceStore, experimentId: string, filter: string): Selection {
  const ids = /^request_id (?:= |IN \()((?:'[^']*',?)+)\)?$/.exec(filter)?.[1];
  if (ids !== undefined)
    return selectIds(
      store,
      experimentId,
      [...ids.matchAll(/'([^']*)'/g)].map(([, id]) => id ?? ''),
    );
  let first = 0;
  let end = store.numTraces(experimentId);
  for (const clause of filter.split(' AND ').filter((text) => text !== '')) {
    const [, comparator, number] = /^timestamp(?:_ms)? (>=|<) (\d+)$/.exec(clause) ?? [];
    if (comparator === undefined) throw new SearchRefused('Invalid clause(s) in filter string.');
    const position = firstPositionFrom(store, experimentId, Number(number));
    if (comparator === '<') end = Math.min(end, position);
    else first = Math.max(first, position);
  }
  return { length: Math.max(0, end - first), at: (index) => store.traceAt(experimentId, first + index) };
}

function selectIds(store: TraceStore, experimentId: string, ids: readonly string[]): Selection {
  const found = [...new Set(ids)]
    .flatMap((id) => store.find(id) ?? [])
    .filter((trace) => trace.experimentId === experimentId)
    .sort(byStartThenId);
  return {
    length: found.length,
    at: (index) => {
      const trace = found[index];
      if (trace === undefined) throw new RangeError(`no trace at ${index}`);
      return trace;
    },
  };
}

export function byStartThenId(left: StoredTrace, right: StoredTrace): number {
  return left.startMs - right.startMs || (left.traceId < right.traceId ? -1 : 1);
}

/** Newest first is MLflow's default. */
function isOldestFirst(orderBy: readonly string[]): boolean {
  const [first = 'timestamp_ms DESC', tieBreak = 'request_id ASC'] = orderBy;
  const [, direction] = /^timestamp(?:_ms)? (ASC|DESC)$/.exec(first) ?? [];
  if (direction === undefined || tieBreak !== 'request_id ASC') throw new SearchRefused('Invalid order_by clause.');
  return direction === 'ASC';
}

function tokenOf(offset: number): string {
  return Buffer.from(JSON.stringify({ offset })).toString('base64');
}

function offsetOf(token: string): number {
  const match = /^\{"offset": ?(\d+)\}$/.exec(Buffer.from(token, 'base64').toString('utf8'));
  if (match === null) throw new SearchRefused('Invalid page token.');
  return Number(match[1]);
}
