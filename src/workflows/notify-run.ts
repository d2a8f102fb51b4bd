/** Calls the webhook from a separate workflow: a slow one never delays a copy. Runs inside the workflow sandbox. */
import {
  ApplicationFailure,
  ParentClosePolicy,
  proxyActivities,
  startChild,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';

import type { Activities } from '../activities/activities.js';
import { emptyTotals } from '../copy/run.js';
import type { PreparedRun, RunOutcome, RunTotals } from '../copy/run.js';
import type { RunEvent } from '../copy/close/messages.js';
import { readableFailure } from './failures.js';

/** About an hour of tries: after that the message is old news. */
const webhook = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '10 minutes', maximumAttempts: 12 },
});

/** Posts one event to the configured webhook, retried. Started by copying runs; not meant to be started by hand. */
export async function notifyRun(event: RunEvent): Promise<void> {
  await webhook.notifyRun.executeWithOptions({ summary: event.event }, [event]);
}

/** How a run ended, for {@link tellWebhook}. */
export interface RunEnding {
  readonly outcome: RunOutcome;
  readonly error: unknown;
}

/** Starts `notifyRun` and leaves it alone. Does nothing where the worker knows no webhook. */
export async function tellWebhook(prepared: PreparedRun, totals: RunTotals, ending: RunEnding): Promise<void> {
  if (!prepared.hasWebhook) return;
  const { experimentName, fromMs, toMs } = prepared;
  await tell({ experimentId: prepared.run.scope.experimentId, experimentName, fromMs, toMs, totals }, ending);
}

/** The same for a run that failed before it knew anything, also whether there is a webhook: `notifyRun` finds out. */
export async function tellWebhookOfFalseStart(experiment: string, error: unknown): Promise<void> {
  const unknown = { fromMs: null, toMs: null, totals: emptyTotals };
  await tell({ experimentId: experiment, experimentName: experiment, ...unknown }, { outcome: 'failed', error });
}

type RunFacts = Pick<RunEvent, 'experimentId' | 'experimentName' | 'fromMs' | 'toMs' | 'totals'>;

async function tell(facts: RunFacts, { outcome, error }: RunEnding): Promise<void> {
  const failure = readableFailure(error);
  const event: RunEvent = {
    event: `run.${outcome}`,
    workflowId: workflowInfo().workflowId,
    ...facts,
    errorCode: failure instanceof ApplicationFailure ? (failure.type ?? null) : null,
    message: failure instanceof ApplicationFailure ? failure.message : null,
  };
  await startChild<(event: RunEvent) => Promise<void>>('notifyRun', {
    workflowId: `tracelift/notify/${uuid4()}`,
    args: [event],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: event.event,
  });
}
