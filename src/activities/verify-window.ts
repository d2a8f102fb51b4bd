/** The second look at a window: lists again, compares by key, looks for rows that the source no longer has. */
import { TraceliftError } from '../domain/errors.js';
import { isJsonObject } from '../domain/json.js';
import type { TraceScope } from '../domain/trace/model.js';
import { planPage, startCursor } from '../domain/window/cursor.js';
import type { ListingCursor } from '../domain/window/cursor.js';
import { isSuspicious, judgeWindow } from '../domain/window/verdict.js';
import type { VerifiedWindow, VerifyWindowRequest } from '../domain/window/work.js';
import type { CallOptions, TraceSource } from '../ports/trace-source.js';
import type { Staging } from '../ports/staging.js';
import type { ActivityDependencies } from './dependencies.js';
import { idsDigest, listedItems } from './list-page.js';
import { alive, partsOf } from './run-guard.js';

const maxNamedIds = 10;
/** Ids of one look-up; MLflow's own limit for a search page. */
const lookupSize = 500;

export function verifyWindow(
  dependencies: ActivityDependencies,
  request: VerifyWindowRequest,
): Promise<VerifiedWindow> {
  return alive(async (options) => {
    const { source, target } = await partsOf(dependencies, request.run);
    const { scope } = request.run;
    const first = await readSeen(target.staging, request.seenKeys);
    const second = request.relist ? await listAgain(source, request, options) : first;
    const ids = [...second.keys()];
    const landed = new Map<string, string>();
    const dead = new Map<string, string>();
    for (let start = 0; start < ids.length; start += lookupSize) {
      const chunk = ids.slice(start, start + lookupSize);
      for (const one of await target.warehouse.landed(scope, chunk)) landed.set(one.traceId, one.sourceHash);
      for (const one of await target.warehouse.openDeadLetters(scope, chunk)) dead.set(one.traceId, one.sourceHash);
    }
    const inWindow = await target.warehouse.landedBetween(scope, request.fromMs, request.toMs);
    const verdict = judgeWindow({ first, second, landed, dead, landedInWindow: inWindow.length });
    const unlisted = inWindow.map((one) => one.traceId).filter((traceId) => !second.has(traceId));
    const extra = isSuspicious(second.size, inWindow.length)
      ? 0
      : await countVanished(source, scope, unlisted, options);
    return {
      state: verdict.state,
      listed: verdict.listed,
      landed: verdict.landed,
      deadLettered: verdict.deadLettered,
      missing: verdict.missing.length,
      missingIds: verdict.missing.slice(0, maxNamedIds),
      moved: verdict.moved.length,
      extra,
      idsDigest: idsDigest(second.keys()),
    };
  });
}

async function readSeen(staging: Staging, keys: readonly string[]): Promise<Map<string, string>> {
  const seen = new Map<string, string>();
  for (const key of keys) {
    const document = await staging.readJson(key);
    if (!isJsonObject(document)) throw new TraceliftError('StagingLost', { key });
    for (const [traceId, hash] of Object.entries(document)) {
      if (typeof hash === 'string') seen.set(traceId, hash);
    }
  }
  return seen;
}

/** The whole window once more, by the same keyset rule. */
async function listAgain(
  source: TraceSource,
  request: VerifyWindowRequest,
  options: Required<CallOptions>,
): Promise<Map<string, string>> {
  const listed = new Map<string, string>();
  const window = {
    fromMs: request.fromMs,
    limitMs: request.toMs,
    tracesTaken: 0,
    tracesLeft: Number.MAX_SAFE_INTEGER,
    bytesLeft: Number.MAX_SAFE_INTEGER,
  };
  let cursor: ListingCursor = startCursor(request.fromMs);
  for (;;) {
    const page = await source.searchPage(
      {
        experimentId: request.run.scope.experimentId,
        fromMs: cursor.lastMs,
        toMs: request.toMs,
        maxResults: request.settings.pageSize,
        ...(cursor.pageToken === undefined ? {} : { pageToken: cursor.pageToken }),
      },
      options,
    );
    if (page.nextPageToken !== undefined && page.nextPageToken === cursor.pageToken) {
      throw new TraceliftError('SourceBadAnswer', { what: 'a search', reason: 'the same page token came back' });
    }
    const plan = planPage(window, cursor, {
      rows: listedItems(page, cursor.lastMs),
      bytes: page.bytes,
      ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
    });
    for (const item of plan.taken) listed.set(item.traceId, item.sourceHash);
    if (plan.closeAtMs !== null) return listed;
    cursor = plan.next;
    options.onProgress();
  }
}

/** Rows that even a look-up by id does not find: a trace whose time merely moved is still there. */
async function countVanished(
  source: TraceSource,
  scope: TraceScope,
  unlisted: readonly string[],
  options: Required<CallOptions>,
): Promise<number> {
  let vanished = 0;
  for (let start = 0; start < unlisted.length; start += lookupSize) {
    const chunk = unlisted.slice(start, start + lookupSize);
    const found = await source.getInfos(scope.experimentId, chunk, options);
    const known = new Set([...found.infos, ...found.unreadable].map((trace) => trace.traceId));
    vanished += chunk.filter((traceId) => !known.has(traceId)).length;
  }
  return vanished;
}
