/** The workflow that copies the history of one experiment. Runs inside the workflow sandbox. */
import { continueAsNew } from '@temporalio/workflow';

import type { RunResult } from './contract.js';
import { runCopy } from './run.js';
import type { RunEnd } from './run.js';
import { readableFailure } from './failures.js';
import { parseBackfillInput } from './input.js';
import { continuationOf } from './continuation.js';
import type { CarriedState } from './run-state.js';

/**
 * Copies all traces of one experiment that start in `[from, to)`, window by verified window, and ends with the quality
 * monitor. Running it again lists everything and fetches only the difference.
 *
 * @param raw `{"experiment": id or name, "from"?: ISO time or epoch ms, "to"?: …, "source"?, "target"?, …}`; without
 *   bounds the whole history up to `now - lag`.
 * @param carried state of the previous execution: taken only from a continue-as-new, refused otherwise
 * @throws InvalidInput, ExperimentNotFound, WindowsIncomplete, WindowsSuspicious, TooManyDeadLetters, and the codes of
 *   source and warehouse
 */
export async function backfillTraces(raw: unknown = {}, carried?: CarriedState): Promise<RunResult> {
  const input = parseBackfillInput(raw);
  const continued = continuationOf('backfillTraces', carried);
  const { experiment, from, to, ...settings } = input;
  let end: RunEnd;
  try {
    end = await runCopy(
      {
        experiment,
        range: { kind: 'explicit', fromMs: from ?? null, toMs: to ?? null },
        settings,
        monitor: (settings.monitor ?? true) ? 'await' : 'none',
      },
      continued,
    );
  } catch (error) {
    throw readableFailure(error);
  }
  // Outside the try: continueAsNew works by throwing.
  if (end.kind === 'continue') return continueAsNew<typeof backfillTraces>(raw, end.carried);
  return end.result;
}
