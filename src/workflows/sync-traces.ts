/** The workflow behind Temporal Schedules: increments and refreshes. Runs inside the workflow sandbox. */
import { continueAsNew, workflowInfo } from '@temporalio/workflow';

import type { RunResult } from './contract.js';
import { runCopy } from './run.js';
import type { RunEnd } from './run.js';
import { readableFailure } from './failures.js';
import { parseSyncInput } from './input.js';
import { continuationOf } from './continuation.js';
import type { CarriedState } from './run-state.js';

/**
 * Copies `[min(scheduled - lookback, end of gap-free verified coverage), scheduled - lag)`. With a lookback of hours it
 * is the increment, with one of days it is the refresh that finds late assessments.
 *
 * The scheduled time is Temporal's `TemporalScheduledStartTime`; a run started by hand takes its own start time.
 *
 * @param raw `{"experiment": id or name, "lookbackMs"?: number, "source"?, "target"?, …}`
 * @param carried state of the previous execution: taken only from a continue-as-new, refused otherwise
 * @throws as backfillTraces
 */
export async function syncTraces(raw: unknown = {}, carried?: CarriedState): Promise<RunResult> {
  const input = parseSyncInput(raw);
  const continued = continuationOf('syncTraces', carried);
  const { experiment, lookbackMs, ...settings } = input;
  let end: RunEnd;
  try {
    end = await runCopy(
      {
        experiment,
        range: { kind: 'scheduled', scheduledMs: scheduledTimeMs(), lookbackMs: lookbackMs ?? null },
        settings,
        monitor: (settings.monitor ?? true) ? 'trigger' : 'none',
      },
      continued,
    );
  } catch (error) {
    throw readableFailure(error);
  }
  if (end.kind === 'continue') return continueAsNew<typeof syncTraces>(raw, end.carried);
  return end.result;
}

/** When the schedule meant this run to start, before jitter; the same on every retry and replay. */
function scheduledTimeMs(): number {
  const info = workflowInfo();
  const scheduled = info.typedSearchAttributes
    .getAll()
    .find((pair) => pair.key.name === 'TemporalScheduledStartTime')?.value;
  return scheduled instanceof Date ? scheduled.getTime() : info.startTime.getTime();
}
