/**
 * Compares what the source lists with what the tables hold, window by window, at any time. Writes nothing but marks of
 * deleted traces, where it may; needs no Temporal.
 */
import type { TraceInfo } from '../../trace/trace.js';
import type { TraceScope } from '../../tables/trace-key.js';
import type { Interval } from '../prepare/coverage.js';
import { askedRange, latestEndMs } from '../prepare/rules.js';
import { judgeCopy } from './rules.js';
import { observedNoLaterThan } from '../list/version-order.js';
import { isSuspicious } from '../verify/rules.js';
import type { WindowVerdict } from '../verify/rules.js';
import type { Versions } from '../list/diff.js';
import { findBeyondEnd } from '../list/beyond-end.js';
import { beyondWhich } from '../list/beyond-end-rules.js';
import { listWindow, lookupSize, vanishedIds } from '../list/list-window.js';
import type { ListedWindow, WindowBudget } from '../list/list-window.js';
import type { TraceSource } from '../../sources/trace-source.js';
import type { LandedVersion } from '../list/diff.js';
import type { Warehouse } from '../../targets/warehouse.js';
import { areSpansInDatabase } from '../../trace/wire/decode-span.js';
import { compareSpans } from './compare-spans.js';
import { totalsOf } from './report.js';
import type { ReconciledWindow, ReconcileReport } from './report.js';
import type { CallOptions } from '../../call-options.js';

/** Ids named of each kind and window. */
const maxNamedIds = 10;
/** A trace that comes between listing and counting is no contradiction: then both are done again. */
const countTries = 2;

/** The two sides of a comparison. */
export interface ReconcileParts {
  readonly source: TraceSource;
  readonly warehouse: Warehouse;
  readonly scope: TraceScope;
}

export interface ReconcileOptions extends CallOptions {
  /** Half-open, epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The latest end that was possible, epoch milliseconds. Default: `toMs`. */
  readonly latestMs?: number;
  /** Rows of one search, 1..500. */
  readonly pageSize: number;
  /** After how much a window closes, as in a copy. */
  readonly budget: WindowBudget;
  /** True: where the numbers of spans differ, or cannot be told, spans are read again and compared. */
  readonly deep: boolean;
  /**
   * True: gold is told which traces the source no longer has, after a look-up by id, and which of them are back, as a run
   * does. False where the tables can only be read.
   */
  readonly mayMark: boolean;
  readonly onWindow?: (window: ReconciledWindow) => void;
}

/**
 * From the oldest trace that the source or the tables have to `now - lag` by the earlier of both clocks: rows that the
 * source no longer lists must be seen too. Equal bounds where neither has any.
 *
 * @param asked bounds that the caller set, epoch milliseconds
 * @throws RangeEmpty where nothing of an asked range has passed
 */
export async function reconcileBounds(
  { source, warehouse, scope }: ReconcileParts,
  asked: Partial<Interval>,
  lagMs: number,
  ownNowMs = Date.now(),
): Promise<{ readonly fromMs: number; readonly toMs: number; readonly latestMs: number }> {
  const latestMs = latestEndMs(Math.min(await source.nowMs(), ownNowMs), lagMs);
  if (asked.fromMs !== undefined) {
    return { ...askedRange(asked.fromMs, asked.toMs ?? null, latestMs, lagMs), latestMs };
  }
  const toMs = Math.min(asked.toMs ?? latestMs, latestMs);
  const atSource = await source.earliestTraceMs(scope.experimentId);
  const inTables = (await warehouse.summary(scope)).firstStartMs;
  return { fromMs: Math.min(atSource ?? toMs, inTables ?? toMs, toMs), toMs, latestMs };
}

/** Every window of the range. @throws the codes of source and warehouse */
export async function reconcile(parts: ReconcileParts, options: ReconcileOptions): Promise<ReconcileReport> {
  const windows: ReconciledWindow[] = [];
  let { fromMs } = options;
  while (fromMs < options.toMs) {
    const window = await reconcileWindow(parts, options, fromMs);
    windows.push(window);
    options.onWindow?.(window);
    fromMs = window.toMs;
  }
  const endMs = beyondWhich(options.toMs, options.latestMs ?? options.toMs);
  const beyondEnd = await findBeyondEnd(parts.source, parts.scope.experimentId, endMs, options);
  return { fromMs: options.fromMs, toMs: options.toMs, windows, totals: totalsOf(windows), beyondEnd };
}

async function reconcileWindow(
  parts: ReconcileParts,
  options: ReconcileOptions,
  fromMs: number,
): Promise<ReconciledWindow> {
  const { listed, countedTraces } = await listAndCount(parts, options, fromMs);
  const { toMs } = listed;
  const tables = await lookUp(parts, options, listed);
  const inWindow = await parts.warehouse.landedBetween(parts.scope, fromMs, toMs);
  const versions = new Map([...listed.traces].map(([traceId, { sourceHash }]) => [traceId, sourceHash]));
  const verdict = judgeCopy({
    listed: versions,
    landed: tables.versions,
    dead: tables.dead,
    landedInWindow: inWindow.length,
    counted: countedTraces,
  });
  const extra = await findExtra(parts, options, listed, inWindow);
  if (options.mayMark && extra.length > 0) {
    const atMs = observedNoLaterThan(await parts.source.nowMs(options), Date.now());
    await parts.warehouse.markDeleted(parts.scope, extra, atMs);
  }
  const landed = tables.landed.filter((one) => versions.get(one.traceId) === one.sourceHash);
  const spans = await spanFacts(parts, options, listed, landed);
  return {
    fromMs,
    toMs,
    ...named(verdict),
    extra: extra.length,
    extraIds: extra.slice(0, maxNamedIds),
    marked: options.mayMark ? extra.length : 0,
    unsettled: landed.filter((one) => one.spanState !== 'complete').length,
    countedTraces,
    ...spans,
  };
}

function named({ state, missing, moved, ...counts }: WindowVerdict) {
  return {
    ...counts,
    state,
    missing: missing.length,
    missingIds: missing.slice(0, maxNamedIds),
    moving: moved.length,
    movingIds: moved.slice(0, maxNamedIds),
  };
}

async function listAndCount(
  { source, scope }: ReconcileParts,
  options: ReconcileOptions,
  fromMs: number,
): Promise<{ listed: ListedWindow; countedTraces: number | null }> {
  const { experimentId } = scope;
  const listing = { experimentId, pageSize: options.pageSize };
  let listed = await listWindow(source, listing, { fromMs, limitMs: options.toMs }, options, options.budget);
  let countedTraces = await source.countTraces(experimentId, fromMs, listed.toMs, options);
  for (let tried = 1; tried < countTries && countedTraces !== null; tried += 1) {
    if (countedTraces === listed.traces.size) break;
    listed = await listWindow(source, listing, { fromMs, limitMs: listed.toMs }, options);
    countedTraces = await source.countTraces(experimentId, fromMs, listed.toMs, options);
  }
  return { listed, countedTraces };
}

interface TableSide {
  readonly landed: readonly LandedVersion[];
  readonly versions: Versions;
  readonly dead: Versions;
}

async function lookUp(
  { warehouse, scope }: ReconcileParts,
  { mayMark }: ReconcileOptions,
  { traces }: ListedWindow,
): Promise<TableSide> {
  const ids = [...traces.keys()];
  const landed: LandedVersion[] = [];
  const dead = new Map<string, string>();
  for (let start = 0; start < ids.length; start += lookupSize) {
    const chunk = ids.slice(start, start + lookupSize);
    landed.push(...(await warehouse.landed(scope, chunk)));
    for (const one of await warehouse.openDeadLetters(scope, chunk)) dead.set(one.traceId, one.sourceHash);
  }
  if (!mayMark) return { landed, versions: new Map(landed.map(versionOf)), dead };
  const returned = landed.filter((one) => one.isDeletedAtSource).map((one) => one.traceId);
  if (returned.length > 0) await warehouse.markDeleted(scope, returned, null);
  const present = landed.map((one) => ({ ...one, isDeletedAtSource: false }));
  return { landed: present, versions: new Map(present.map(versionOf)), dead };
}

/** A trace that the tables call deleted is there in no version that is listed. */
function versionOf({ traceId, sourceHash, isDeletedAtSource }: LandedVersion): [string, string] {
  return [traceId, isDeletedAtSource ? 'deleted at the source' : sourceHash];
}

/** Nothing is concluded from a listing that is suspiciously short. */
async function findExtra(
  { source, scope }: ReconcileParts,
  options: ReconcileOptions,
  { traces }: ListedWindow,
  inWindow: readonly string[],
): Promise<string[]> {
  const unlisted = inWindow.filter((traceId) => !traces.has(traceId));
  if (isSuspicious(traces.size, inWindow.length, { unlisted: unlisted.length })) return [];
  return vanishedIds(source, scope.experimentId, unlisted, options);
}

async function spanFacts(
  parts: ReconcileParts,
  options: ReconcileOptions,
  { traces, fromMs, toMs }: ListedWindow,
  landed: readonly LandedVersion[],
): Promise<Pick<ReconciledWindow, 'countedSpans' | 'landedSpans' | 'spans'>> {
  const countedSpans = await parts.source.countSpans(parts.scope.experimentId, fromMs, toMs, options);
  const landedSpans = landed.reduce((sum, one) => sum + (one.numSpans ?? 0), 0);
  const infos = landed.flatMap(({ traceId }): TraceInfo[] => {
    const info = traces.get(traceId)?.info;
    return info === undefined || info === null ? [] : [info];
  });
  // Equal sums prove nothing where some spans are not counted: those that lie in artifacts.
  const areEqual = countedSpans === landedSpans && infos.every(areSpansInDatabase);
  if (!options.deep || areEqual) return { countedSpans, landedSpans, spans: null };
  return { countedSpans, landedSpans, spans: await compareSpans(parts, infos, options) };
}
