/** The end of a run: its receipt, the tables made readable for others, the webhook, and its staged files gone. */
import { TraceliftError } from '../../errors/index.js';
import { schemaVersion } from '../../tables/index.js';
import type { StepAttempt } from '../attempt.js';
import type { ActivityDependencies, RunConnections } from '../dependencies.js';
import { findBeyondEnd } from '../list/beyond-end.js';
import { beyondWhich } from '../list/beyond-end-rules.js';
import { carriedWindows, carries, reachOf } from '../record/rules.js';
import { maxLedgerRows } from '../record/step.js';
import type { ClosedRun, CloseRunRequest, RemoveStagedRequest, RunEvent, UncarriedRun } from './messages.js';
import type { RunReceipt } from './receipt.js';
import { processVersion } from '../../trace/processing-options.js';

/**
 * Writes the receipt and publishes the tables, where the ledger carries what the run says that it copied.
 * @throws ReceiptUnwritable, and the codes of source and warehouse
 */
export async function closeRun(
  { source, target, worker }: RunConnections,
  request: CloseRunRequest,
  attempt: StepAttempt,
): Promise<ClosedRun | UncarriedRun> {
  const { run, ...facts } = request;
  const { warehouse } = target;
  const { workflowId, firstRunId } = request;
  const rows = await warehouse.ledger({ ...run.scope, workflowId, firstRunId, limit: maxLedgerRows });
  // A run that went back may have left rows behind its last window: they claim nothing that others do not.
  const windows = carriedWindows(rows).slice(0, request.totals.windows);
  const behind = reachOf(windows);
  if (!carries(behind, request)) return { behind };
  const { beyondEnd, sourceVersion } = await askSource({ source, worker }, request, attempt);
  const ownVersion = processVersion(worker.processing);
  const otherVersions = await warehouse.countOtherVersions(run.scope, ownVersion);
  const receipt: RunReceipt = {
    ...facts,
    beyondEnd,
    otherVersions,
    ...run.scope,
    traceliftVersion: worker.version,
    sourceVersion,
    schemaVersion,
    processVersion: ownVersion,
    target: warehouse.location,
    closedAtMs: Date.now(),
    windows,
  };
  const receiptPath = await worker.writeReceipt(receipt);
  await warehouse.publish();
  return { receiptPath, beyondEnd, otherVersions };
}

/** Everything is copied and verified by now: a source that does not answer any more takes nothing from that. */
async function askSource(
  { source, worker }: Pick<RunConnections, 'source' | 'worker'>,
  { run, toMs, latestEndMs = toMs }: CloseRunRequest,
  attempt: StepAttempt,
): Promise<Pick<RunReceipt, 'beyondEnd' | 'sourceVersion'>> {
  const { experimentId } = run.scope;
  try {
    const beyondEnd = await findBeyondEnd(source, experimentId, beyondWhich(toMs, latestEndMs), attempt);
    return { beyondEnd, sourceVersion: (await source.describe(attempt)).version };
  } catch (error) {
    attempt.signal.throwIfAborted();
    if (!(error instanceof TraceliftError)) throw error;
    worker.log.warn('the source did not say which traces start beyond the end of the run', {
      ...{ experimentId, code: error.code },
    });
    return { beyondEnd: null, sourceVersion: null };
  }
}

/** Tells the configured webhook how a run ended; does nothing where none is configured. @throws WebhookFailed */
export async function notifyRun(worker: ActivityDependencies, event: RunEvent): Promise<void> {
  await worker.notify?.(event);
}

/** Removes a run's or window's staged files. @throws Internal for a prefix outside the run */
export async function removeStaged(worker: ActivityDependencies, request: RemoveStagedRequest): Promise<void> {
  if (!`${request.prefix}/`.startsWith(`${request.run.stagingPrefix}/`)) {
    throw new TraceliftError('Internal', { where: 'removeStaged', reason: 'the prefix is outside the run' });
  }
  const { staging } = await worker.target(request.run.targetName);
  await staging.remove(request.prefix);
}
