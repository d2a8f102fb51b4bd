/** The workflow that copies several experiments. Runs inside the workflow sandbox. */
import {
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  executeChild,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';

import type { ResolvedExperiments } from '../copy/prepare/messages.js';
import { quick } from './activity-policies.js';
import type { ExperimentsResult, MonitorOutcome, RunResult } from './contract.js';
import { errorCodeOf, failRun, readableFailure } from './failures.js';
import { parseExperimentsInput } from './input.js';
import type { ExperimentsInput } from './input.js';
import { awaitMonitor } from './monitor-step.js';
import { Slots } from './slots.js';

const defaultParallel = 2;

type Failed = ExperimentsResult['failed'][number];

/**
 * Copies several experiments, each by a `backfillTraces` of its own, a few at a time, with one monitor step at the
 * end. An experiment that fails does not stop the others; the run then fails at its end and names it.
 *
 * @param raw `{"experiments": ["1", "support-bot"] or "all", "parallel"?: 1..16 = 2, "from"?, "to"?, …}`
 * @throws InvalidInput, ExperimentsFailed
 */
export async function backfillExperiments(raw: unknown = {}): Promise<ExperimentsResult> {
  const input = parseExperimentsInput(raw);
  const monitored = input.monitor ?? true;
  try {
    const { experiments, targetName, targetLock } = await quick.resolveExperiments({
      experiments: input.experiments,
      sourceName: input.source ?? null,
      targetName: input.target ?? null,
      sourceId: input.sourceId,
      targetId: input.targetId,
    });
    const finished: RunResult[] = [];
    const failed: Failed[] = [];
    const slots = new Slots(() => input.parallel ?? defaultParallel);
    await Promise.all(
      experiments.map((experiment) =>
        slots.run(async () => {
          const outcome = await copyOne(input, experiment);
          if ('errorCode' in outcome) failed.push(outcome);
          else finished.push(outcome);
        }),
      ),
    );
    const monitor: MonitorOutcome | null = monitored
      ? await awaitMonitor({ target: targetName, targetId: input.targetId }, targetLock)
      : null;
    if (failed.length > 0) failWithExperiments(failed);
    return { experiments: finished, failed, monitor };
  } catch (error) {
    throw readableFailure(error);
  }
}

async function copyOne(
  input: ExperimentsInput,
  experiment: ResolvedExperiments['experiments'][number],
): Promise<RunResult | Failed> {
  try {
    return await executeChild<(raw: unknown) => Promise<RunResult>>('backfillTraces', {
      workflowId: `${workflowInfo().workflowId}/experiment/${experiment.experimentId}`,
      args: [backfillInput(input, experiment.experimentId)],
      staticSummary: `copy of ${experiment.name}`.slice(0, 200),
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = readableFailure(error);
    const message = failure instanceof Error ? failure.message : 'unknown';
    return { experiment: experiment.name, errorCode: errorCodeOf(error) ?? 'Unexpected', message };
  }
}

/** The same input for one experiment: the monitor comes once, after all of them. */
function backfillInput(input: ExperimentsInput, experiment: string): Record<string, unknown> {
  const own = new Set(['experiments', 'parallel', 'monitor']);
  const shared = Object.entries(input).filter(([name]) => !own.has(name));
  return { ...Object.fromEntries(shared), experiment, monitor: false };
}

function failWithExperiments(failed: readonly Failed[]): never {
  failRun('ExperimentsFailed', {
    count: failed.length,
    experiments: failed.map((one) => `${one.experiment} (${one.errorCode})`).join(', '),
  });
}
