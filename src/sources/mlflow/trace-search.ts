/**
 * Searches trace infos: V3, or V2 on servers before 3.2, and around rows that make the server fail.
 *
 * A NaN in an assessment makes MLflow answer the whole page with an HTML 500, without a hint which row it was. V2 does
 * not show assessments, so it still lists the page; its ids are then read by V3 in halves until the bad ones stand alone.
 */
import type { TraceliftError } from '../../errors/index.js';
import type { TraceInfo } from '../../trace/trace.js';
import type { InfoPage, PageRequest, UnreadableTrace } from '../trace-source.js';
import { isMissing } from './answer-errors.js';
import { isSuccess } from './capabilities.js';
import { infoPage, unreadableTrace } from './info-page.js';
import type { MlflowClient, MlflowRequest } from './mlflow-client.js';
import { canBeSearched, hasIdIn, startsWithin } from './search-filter.js';
import {
  asSearchReply,
  isBadRow,
  searchDatabricks,
  type SearchQuery,
  searchV2,
  searchV3,
  traceByPath,
} from './search-requests.js';
import type { CallOptions } from '../../call-options.js';

/** Ids per lookup: a page of infos holds up to 500, but one bad row costs a search in halves. */
const maxIdsPerLookup = 100;

const maxResultsLimit = 500;

const noSecondTry = { maxAttemptsOnServerError: 1 };

interface Lookup {
  readonly infos: TraceInfo[];
  readonly failedIds: string[];
  readonly unreadable: UnreadableTrace[];
  readonly observedAtMs: number;
  readonly bytes: number;
}

const emptyLookup: Lookup = { infos: [], failedIds: [], unreadable: [], observedAtMs: Infinity, bytes: 0 };

export class TraceSearch {
  constructor(
    private readonly client: MlflowClient,
    private readonly searchApi: 'v3' | 'v2',
  ) {}

  async page(request: PageRequest, options: CallOptions = {}): Promise<InfoPage> {
    const page = await this.run({ ...request, filter: startsWithin(request.fromMs, request.toMs) }, options);
    return this.client.connection.isDatabricks ? { ...page, infos: page.infos.toSorted(byStartThenId) } : page;
  }

  /** The oldest trace's start, epoch milliseconds, or null. */
  async earliestMs(experimentId: string, options: CallOptions = {}): Promise<number | null> {
    const page = await this.run({ experimentId, filter: '', maxResults: 1 }, options);
    return page.infos[0]?.startTimeMs ?? page.unreadable[0]?.startTimeMs ?? null;
  }

  async byIds(experimentId: string, traceIds: readonly string[], options: CallOptions = {}): Promise<InfoPage> {
    const distinctIds = [...new Set(traceIds)];
    // The search of a workspace knows no key for ids, as far as it is documented.
    const canSearch = this.searchApi === 'v3' && !this.client.connection.isDatabricks;
    const searchable = canSearch ? distinctIds.filter(canBeSearched) : [];
    const others = canSearch ? distinctIds.filter((id) => !canBeSearched(id)) : distinctIds;
    const lookups = await Promise.all([
      ...chunks(searchable, maxIdsPerLookup).map((ids) => this.lookUp(experimentId, ids, options)),
      ...others.map((id) => this.lookUpByPath(experimentId, id, options)),
    ]);
    const all = lookups.reduce(merged, emptyLookup);
    if (all.failedIds.length > 0) await this.requireHealth(experimentId, options);
    return {
      infos: all.infos,
      unreadable: [...all.unreadable, ...all.failedIds.map((id) => unreadableTrace(id, null))],
      observedAtMs: Number.isFinite(all.observedAtMs) ? all.observedAtMs : Date.now(),
      bytes: all.bytes,
    };
  }

  /** An empty answer ends a listing, so it counts only when it comes twice: servers under stress give a stray `{}`. */
  private async run(query: SearchQuery, options: CallOptions): Promise<InfoPage> {
    const page = await this.runOnce(query, options);
    const isEmpty = page.infos.length === 0 && page.unreadable.length === 0 && page.nextPageToken === undefined;
    return isEmpty ? this.runOnce(query, options) : page;
  }

  private searchV3(query: SearchQuery, signal: AbortSignal | undefined): MlflowRequest {
    return this.client.connection.isDatabricks ? searchDatabricks(query, signal) : searchV3(query, signal);
  }

  private async runOnce(query: SearchQuery, options: CallOptions): Promise<InfoPage> {
    if (this.searchApi === 'v2') {
      return infoPage(await this.client.call(searchV2(query, options.signal)), query.experimentId);
    }
    const request = this.searchV3(query, options.signal);
    const answer = await this.client.send(request);
    return isBadRow(answer)
      ? this.aroundBadRows(query, options, this.client.errorOf(request, answer))
      : infoPage(this.client.reply(request, answer), query.experimentId);
  }

  /** @throws the failure of the V3 search itself where V2 does not list the page either */
  private async aroundBadRows(query: SearchQuery, options: CallOptions, failure: TraceliftError): Promise<InfoPage> {
    const request = searchV2(query, options.signal);
    const answer = await this.client.send(request);
    if (!isSuccess(answer)) throw failure;
    const listing = infoPage(this.client.reply(request, answer), query.experimentId);
    options.onProgress?.();
    const lookup = await this.byIds(
      query.experimentId,
      listing.infos.map((info) => info.traceId),
      options,
    );
    const infoById = new Map(lookup.infos.map((info) => [info.traceId, info]));
    const startById = new Map(listing.infos.map((info) => [info.traceId, info.startTimeMs]));
    return {
      infos: listing.infos.flatMap(({ traceId }) => infoById.get(traceId) ?? []),
      unreadable: [
        ...listing.unreadable,
        ...lookup.unreadable.map((trace) => ({ ...trace, startTimeMs: startById.get(trace.traceId) ?? null })),
      ],
      ...(listing.nextPageToken === undefined ? {} : { nextPageToken: listing.nextPageToken }),
      observedAtMs: Math.min(listing.observedAtMs, lookup.observedAtMs),
      bytes: lookup.bytes,
    };
  }

  /** Reads the given ids; where the server fails, in halves down to single ones. */
  private async lookUp(experimentId: string, traceIds: readonly string[], options: CallOptions): Promise<Lookup> {
    const query = { experimentId, filter: hasIdIn(traceIds), maxResults: maxResultsLimit };
    const request = this.searchV3(query, options.signal);
    // Only a single id is worth a second try: a hiccup on more only leads to smaller requests.
    const answer = await this.client.send(traceIds.length === 1 ? request : { ...request, retry: noSecondTry });
    options.onProgress?.();
    if (!isBadRow(answer)) {
      const { infos, unreadable, observedAtMs, bytes } = infoPage(this.client.reply(request, answer), experimentId);
      return { infos: [...infos], failedIds: [], unreadable: [...unreadable], observedAtMs, bytes };
    }
    if (traceIds.length === 1) return { ...emptyLookup, failedIds: [...traceIds] };
    const middle = Math.ceil(traceIds.length / 2);
    const [left, right] = await Promise.all([
      this.lookUp(experimentId, traceIds.slice(0, middle), options),
      this.lookUp(experimentId, traceIds.slice(middle), options),
    ]);
    return merged(left, right);
  }

  private async lookUpByPath(experimentId: string, traceId: string, options: CallOptions): Promise<Lookup> {
    const request = traceByPath(this.searchApi, traceId, options.signal);
    const answer = await this.client.send(request);
    options.onProgress?.();
    if (answer.status === 404 && !isMissing(answer, null))
      return { ...emptyLookup, observedAtMs: answer.serverTimeMs ?? Date.now() };
    if (isBadRow(answer)) return { ...emptyLookup, failedIds: [traceId] };
    const reply = this.client.reply(request, answer);
    const { infos, unreadable } = infoPage({ ...reply, value: asSearchReply(reply.value) }, experimentId);
    return {
      infos: infos.filter((info) => info.experimentId === experimentId),
      failedIds: [],
      unreadable: [...unreadable],
      observedAtMs: reply.observedAtMs,
      bytes: reply.bytes,
    };
  }

  /** Ids fail alone only where a search that finds nothing works; else it is the server that fails. */
  private async requireHealth(experimentId: string, options: CallOptions): Promise<void> {
    const query = { experimentId, filter: hasIdIn([`tr-${'0'.repeat(32)}`]), maxResults: 1 };
    const request = this.searchApi === 'v3' ? this.searchV3(query, options.signal) : searchV2(query, options.signal);
    const answer = await this.client.send(request);
    if (!isSuccess(answer)) throw this.client.errorOf(request, answer);
  }
}

function byStartThenId(left: TraceInfo, right: TraceInfo): number {
  return left.startTimeMs - right.startTimeMs || (left.traceId < right.traceId ? -1 : 1);
}

function merged(left: Lookup, right: Lookup): Lookup {
  return {
    infos: [...left.infos, ...right.infos],
    failedIds: [...left.failedIds, ...right.failedIds],
    unreadable: [...left.unreadable, ...right.unreadable],
    observedAtMs: Math.min(left.observedAtMs, right.observedAtMs),
    bytes: left.bytes + right.bytes,
  };
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}
