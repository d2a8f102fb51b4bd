/** The workflow that makes every derived table again from raw. Runs inside the workflow sandbox. */
import { condition, allHandlersFinished, continueAsNew, patched, workflowInfo } from '@temporalio/workflow';

import type { TraceKey } from '../tables/trace-key.js';
import { manifestKey, windowPrefix } from '../copy/staging-layout.js';
import type { BatchReference } from '../copy/list/messages.js';
import type { ProcessedBatch } from '../copy/process/messages.js';
import type { RebuildReference } from '../copy/rebuild/messages.js';
import { copying, quick } from './activity-policies.js';
import { commitUnderLock } from './commit-lock.js';
import type { RebuildResult } from './contract.js';
import { continuationOf } from './continuation.js';
import { isStagingLoss, readableFailure } from './failures.js';
import { parseRebuildInput } from './input.js';
import type { RebuildInput } from './input.js';
import { awaitMonitor } from './monitor-step.js';
import { Slots } from './slots.js';

/** Raw traces of one commit. */
const tracesPerPage = 5000;
/** Of rebuilds that began before they took the configured number; a replay must start as many at a time. */
const formerConcurrency = 4;
const configuredConcurrency = 'rebuild: configured concurrency';
/** How often a page is staged again where staged files were lost. */
const maxRounds = 2;

/** State that travels through continue-as-new. */
interface CarriedRebuild {
  readonly rebuild: RebuildReference;
  readonly after: TraceKey | null;
  readonly page: number;
  readonly result: RebuildResult;
}

/**
 * Processes every raw trace again (after a change of token encoding, dimensions, further metrics or the hashing of user ids) and merges the
 * derived tables, gold last, under the commit lock. Needs no source. Idempotent.
 *
 * @param raw `{"target"?: string, "batchTraces"?: 1..1000, "concurrency"?: 1..64, "monitor"?: boolean = true}`
 */
export async function rebuildGold(raw: unknown = {}, carried?: CarriedRebuild): Promise<RebuildResult> {
  const input = parseRebuildInput(raw);
  const continued = continuationOf('rebuildGold', carried);
  let next: CarriedRebuild | RebuildResult;
  try {
    next = await rebuildPages(input, continued ?? (await prepare(input)));
    if (!('after' in next) && (input.monitor ?? true)) {
      const { targetId } = input;
      const { targetName, targetLock } = await quick.describeTarget({ targetName: input.target ?? null, targetId });
      await awaitMonitor({ target: targetName, targetId }, targetLock);
      await quick.publishTarget({ targetName, targetId });
    }
  } catch (error) {
    throw readableFailure(error);
  }
  if ('after' in next) {
    await condition(allHandlersFinished);
    return continueAsNew<typeof rebuildGold>(raw, next);
  }
  return next;
}

async function prepare(input: RebuildInput): Promise<CarriedRebuild> {
  const info = workflowInfo();
  const rebuild = await quick.prepareRebuild({
    targetName: input.target ?? null,
    targetId: input.targetId,
    batchTraces: input.batchTraces ?? null,
    workflowId: info.workflowId,
    firstRunId: info.firstExecutionRunId,
  });
  return { rebuild, after: null, page: 0, result: { traces: 0, updated: 0, batches: 0 } };
}

async function rebuildPages(input: RebuildInput, start: CarriedRebuild): Promise<CarriedRebuild | RebuildResult> {
  let state = start;
  for (;;) {
    const page = await rebuildPage(input, state);
    if (page === null) return state.result;
    state = page;
    if (workflowInfo().continueAsNewSuggested) return state;
  }
}

/** One page of raw keys: process, stage, commit; again where staged files were lost. Null when there is none left. */
async function rebuildPage(input: RebuildInput, state: CarriedRebuild): Promise<CarriedRebuild | null> {
  for (let round = 0; ; round += 1) {
    try {
      return await rebuildPageOnce(input, state, round);
    } catch (error) {
      if (!isStagingLoss(error) || round >= maxRounds) throw error;
    }
  }
}

async function rebuildPageOnce(
  input: RebuildInput,
  state: CarriedRebuild,
  round: number,
): Promise<CarriedRebuild | null> {
  const { rebuild, page } = state;
  const listed = await quick.listRawPage({ rebuild, after: state.after, limit: tracesPerPage, page, round });
  if (listed.batches.length === 0) return null;
  const usual = patched(configuredConcurrency) ? rebuild.settings.concurrency : formerConcurrency;
  const slots = new Slots(() => input.concurrency ?? usual);
  const files = await processAll(rebuild, listed.batches, slots);
  const prefix = windowPrefix(rebuild.run.stagingPrefix, page, round);
  const key = manifestKey(prefix);
  await quick.sealWindow({ run: rebuild.run, settings: rebuild.settings, manifestKey: key, files });
  const committed = await commitUnderLock(
    rebuild.targetLock,
    { run: rebuild.run, manifestKey: key },
    `rebuild, page ${String(page + 1)}`,
  );
  for (let done = 0; done <= round; done += 1) {
    await quick.removeStaged({ run: rebuild.run, prefix: windowPrefix(rebuild.run.stagingPrefix, page, done) });
  }
  return {
    rebuild,
    after: listed.last,
    page: page + 1,
    result: {
      traces: state.result.traces + files.reduce((sum, file) => sum + file.numTraces, 0),
      updated: state.result.updated + committed.inserted + committed.updated,
      batches: state.result.batches + files.length,
    },
  };
}

/** Each batch, and what was left of it. */
async function processAll(
  rebuild: RebuildReference,
  batches: readonly BatchReference[],
  slots: Slots,
): Promise<ProcessedBatch[]> {
  const outcomes = await Promise.allSettled(
    batches.map(async (batch) => {
      const { rest = [], ...file } = await slots.run(() => copying.processRawBatch({ rebuild, batch }));
      return [file, ...(await processAll(rebuild, rest, slots))];
    }),
  );
  return outcomes.flatMap(valueOf);
}

/** @throws what a batch failed with: when all of them have ended, so that nothing is under way when the page is done again */
function valueOf<Value>(outcome: PromiseSettledResult<Value>): Value {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}
