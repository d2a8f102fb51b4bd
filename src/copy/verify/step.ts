/** Verifies a window: lists it again, compares by key, looks for rows that the source no longer has. */
import { hash } from 'node:crypto';

import type { TraceScope } from '../../tables/trace-key.js';
import { findLateSpans, noLateSpans } from './late-spans.js';
import { isSuspicious, judgeWindow, withLateSpans } from './rules.js';
import type { Versions } from '../list/diff.js';
import type { Suspicion, VerifiedWindow, VerifyWindowRequest } from './messages.js';
import { observedNoLaterThan } from '../list/version-order.js';
import { listWindow, vanishedIds } from '../list/list-window.js';
import { idsDigest } from '../list/ids-digest.js';
import type { TraceSource } from '../../sources/trace-source.js';
import type { Staging } from '../../targets/staging.js';
import type { Warehouse } from '../../targets/warehouse.js';
import { seenVersion } from '../list/seen-versions.js';
import { differingFromLanded } from '../list/compare-landed.js';
import type { StepAttempt } from '../attempt.js';
import type { RunConnections } from '../dependencies.js';
import { checkSameServer } from '../same-server.js';
import { isVersions, readDocument } from '../staged-documents.js';
import type { CallOptions } from '../../call-options.js';

const maxNamedIds = 10;

export async function verifyWindow(
  { source, target }: RunConnections,
  request: VerifyWindowRequest,
  attempt: StepAttempt,
): Promise<VerifiedWindow> {
  const { scope } = request.run;
  const { versions: first, withheld } = await readSeen(target.staging, request.seenKeys);
  const isShort = !request.relist && (await isOtherCount(source, request, first.size, attempt));
  const listedNow = request.relist || isShort ? await listAgain(source, request, attempt) : first;
  // What is kept counts as it is kept: the source shows these traces, only not whole.
  const second = new Map([...listedNow].map(([traceId, hash]) => [traceId, withheld.get(traceId) ?? hash]));
  await checkSameServer(source, request.run, attempt);
  const { landed, dead, returned } = await landedVersions(target.warehouse, scope, second);
  const inWindow = await target.warehouse.landedBetween(scope, request.fromMs, request.toMs);
  const unlisted = inWindow.filter((traceId) => !second.has(traceId));
  const inserted = request.inserted ?? 0;
  const isDoubtful = isSuspicious(second.size, inWindow.length, { unlisted: unlisted.length, inserted });
  const mayConclude = !isDoubtful || request.settings.acceptDeletions;
  const gone = mayConclude ? await vanishedIds(source, scope.experimentId, unlisted, attempt) : [];
  const verdict = judgeWindow({
    ...{ first, second, landed, dead, inserted, withheld: withheld.size },
    // What a look-up by id proves to be gone raises no doubt any more.
    landedInWindow: inWindow.length - gone.length,
    unlisted: unlisted.length - gone.length,
  });
  await markDeletions(source, target.warehouse, scope, { gone, returned }, attempt);
  // Only then both sides speak of the same traces.
  const isWhole = verdict.landed === second.size && unlisted.length === gone.length;
  const { warehouse } = target;
  const late = isWhole ? await findLateSpans({ source, warehouse, scope }, request, attempt) : noLateSpans;
  return {
    state: withLateSpans(verdict.state, late.spans),
    listed: verdict.listed,
    landed: verdict.landed,
    deadLettered: verdict.deadLettered,
    missing: verdict.missing.length,
    outdated: verdict.missing.filter((traceId) => landed.has(traceId)).length,
    missingIds: verdict.missing.slice(0, maxNamedIds),
    moved: verdict.moved.length,
    lateSpans: late.spans,
    lateWithin: late.within,
    extra: gone.length,
    inTables: inWindow.length - gone.length,
    suspicion: verdict.state === 'suspicious' ? suspicionOf(without(unlisted, gone), [...withheld.keys()]) : null,
    idsDigest: idsDigest(second.keys(), (text) => hash('sha256', text)),
  };
}

/** Gold says which traces the source has no more; a mark that a commit left, since the clock stepped back, goes here. */
async function markDeletions(
  source: TraceSource,
  warehouse: Warehouse,
  scope: TraceScope,
  { gone, returned }: { readonly gone: readonly string[]; readonly returned: readonly string[] },
  options: CallOptions,
): Promise<void> {
  if (returned.length > 0) await warehouse.markDeleted(scope, returned, null);
  if (gone.length === 0) return;
  await warehouse.markDeleted(scope, gone, observedNoLaterThan(await source.nowMs(options), Date.now()));
}

/** What the tables hold of the listed traces, as versions by id, and which of them they call deleted at the source. */
async function landedVersions(
  warehouse: Warehouse,
  scope: TraceScope,
  listed: Versions,
): Promise<{ readonly landed: Versions; readonly dead: Versions; readonly returned: readonly string[] }> {
  const landed = new Map(listed);
  const dead = new Map<string, string>();
  const returned: string[] = [];
  for (const differing of await differingFromLanded(warehouse, scope, listed)) {
    if (differing.landed === null) landed.delete(differing.traceId);
    else landed.set(differing.traceId, differing.landed.sourceHash);
    if (differing.landed?.isDeletedAtSource === true) returned.push(differing.traceId);
    if (differing.deadLetter !== null) dead.set(differing.traceId, differing.deadLetter.sourceHash);
  }
  return { landed, dead, returned };
}

function without(traceIds: readonly string[], left: readonly string[]): string[] {
  const known = new Set(left);
  return traceIds.filter((traceId) => !known.has(traceId));
}

function suspicionOf(unlisted: readonly string[], withheld: readonly string[]): Suspicion {
  const traceIds = withheld.length > 0 ? withheld : unlisted;
  const of = withheld.length > 0 ? 'assessments' : 'traces';
  return { of, count: traceIds.length, traceIds: traceIds.slice(0, maxNamedIds) };
}

/** Versions by id as they were listed or, of those that were withheld, as they are kept. */
interface SeenVersions {
  readonly versions: Versions;
  readonly withheld: Versions;
}

async function readSeen(staging: Staging, keys: readonly string[]): Promise<SeenVersions> {
  const versions = new Map<string, string>();
  const withheld = new Map<string, string>();
  for (const key of keys) {
    const document = await readDocument(staging, key, isVersions);
    for (const [traceId, text] of Object.entries(document)) {
      const { sourceHash, isWithheld } = seenVersion(text);
      versions.set(traceId, sourceHash);
      if (isWithheld) withheld.set(traceId, sourceHash);
    }
  }
  return { versions, withheld };
}

/** True where the source counts another number of traces than it listed: then the listing is no proof of itself. */
async function isOtherCount(
  source: TraceSource,
  { run, fromMs, toMs }: VerifyWindowRequest,
  listed: number,
  options: CallOptions,
): Promise<boolean> {
  const counted = await source.countTraces(run.scope.experimentId, fromMs, toMs, options);
  return counted !== null && counted !== listed;
}

/** The whole window once more, by the same keyset rule. */
async function listAgain(
  source: TraceSource,
  { run, settings, fromMs, toMs }: VerifyWindowRequest,
  options: CallOptions,
): Promise<Map<string, string>> {
  const listing = { experimentId: run.scope.experimentId, pageSize: settings.pageSize };
  const { traces } = await listWindow(source, listing, { fromMs, limitMs: toMs }, options);
  return new Map([...traces].map(([traceId, { sourceHash }]) => [traceId, sourceHash]));
}
