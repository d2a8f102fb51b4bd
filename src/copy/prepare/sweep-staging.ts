/**
 * Removes what dead runs left in staging: runs that ended without their own clean-up (a killed worker whose run was
 * then terminated, a lost Temporal database). Only runs that Temporal calls closed, or does not know, are touched.
 */
import { isJsonObject } from '../../json/json-value.js';
import type { Log } from '../../log.js';
import type { Staging } from '../../targets/staging.js';
import type { StepAttempt } from '../attempt.js';
import { runMarkerKey } from '../staging-layout.js';

/** Younger files are left alone, whatever Temporal says: their run may just be beginning. */
const minimumAgeMs = 60 * 60_000;

/** Sweeps orphaned folders. Failures are logged and left to the next run: a sweep is never worth stopping a copy for. */
export async function sweepStaging(
  staging: Staging,
  ownPrefix: string,
  log: Log,
  { isWorkflowRunning }: Pick<StepAttempt, 'isWorkflowRunning'>,
): Promise<number> {
  if (isWorkflowRunning === null) return 0;
  const nowMs = Date.now();
  let removed = 0;
  for (const { run, newestFileMs } of await staging.listRuns()) {
    if (run === ownPrefix || nowMs - newestFileMs < minimumAgeMs) continue;
    try {
      if (await isOpen(isWorkflowRunning, staging, run)) continue;
      await staging.remove(run);
      removed += 1;
    } catch (error) {
      log.warn('staged files of a dead run could not be removed', {
        run,
        cause: error instanceof Error ? error.name : typeof error,
      });
    }
  }
  if (removed > 0) log.info('removed staged files of dead runs', { runs: removed });
  return removed;
}

/** A folder without a readable marker belongs to no run that still needs it. */
async function isOpen(
  isWorkflowRunning: (workflowId: string) => Promise<boolean>,
  staging: Staging,
  run: string,
): Promise<boolean> {
  const key = runMarkerKey(run);
  if (!(await staging.exists(key))) return false;
  const marker = await staging.readJson(key);
  const workflowId = isJsonObject(marker) ? marker['workflowId'] : undefined;
  if (typeof workflowId !== 'string') return false;
  return isWorkflowRunning(workflowId);
}
