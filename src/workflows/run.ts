/**
 * What all copying workflows share: preflight, the window loop, the monitor, the receipt, and the clean-up. Runs
 * inside the workflow sandbox.
 */
import {
  CancellationScope,
  allHandlersFinished,
  condition,
  isCancellation,
  log,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';

import type { PreflightRequest, RequestedRange } from '../copy/prepare/messages.js';
import type { LedgerReach } from '../copy/record/rules.js';
import type { PreparedRun, RunOutcome } from '../copy/run.js';
import { quick } from './activity-policies.js';
import { LedgerBehind } from './commit-verify-record.js';
import type { MonitorOutcome, RunResult, TroubledWindow } from './contract.js';
import { errorCodeOf, failRun } from './failures.js';
import type { CopySettingsInput } from './input.js';
import { awaitMonitor, triggerMonitor } from './monitor-step.js';
import { tellWebhook, tellWebhookOfFalseStart } from './notify-run.js';
import { RunState } from './run-state.js';
import type { CarriedState } from './run-state.js';
import { runWindows } from './window-loop.js';
import type { LoopEnd } from './window-loop.js';

/** What a copying workflow asks for. */
export interface CopyOrder {
  readonly experiment: string;
  readonly range: RequestedRange;
  readonly settings: CopySettingsInput;
  /** `await`: the run ends when the monitor is active; `trigger`: it only starts the monitor's run; `none`. */
  readonly monitor: 'await' | 'trigger' | 'none';
}

/** How one execution of a copying workflow ends. */
export type RunEnd =
  | { readonly kind: 'finished'; readonly result: RunResult }
  | { readonly kind: 'continue'; readonly carried: CarriedState };

/**
 * One execution: from preflight, or from where the last execution continued as new, to the end of the range or to the
 * next continue-as-new. Staged files of a run that ends early are swept; what is committed stays.
 */
export async function runCopy(order: CopyOrder, carried?: CarriedState): Promise<RunEnd> {
  const state = new RunState(carried);
  setCurrentDetails(describe(state));
  try {
    if (carried === undefined) state.startCopying(await quick.preflight(preflightRequest(order)));
    setCurrentDetails(describe(state));
    for (;;) {
      const end = await copyWindows(state);
      setCurrentDetails(describe(state));
      if (end === 'continue-as-new') {
        await condition(allHandlersFinished);
        return { kind: 'continue', carried: state.carry() };
      }
      const result = await close(order, state);
      if (result !== null) return { kind: 'finished', result };
    }
  } catch (error) {
    await CancellationScope.nonCancellable(() => cleanUp(order, state, error));
    throw error;
  }
}

/** Begins again where the ledger ends, as often as it turns out to end before the window that is to be recorded. */
async function copyWindows(state: RunState): Promise<LoopEnd> {
  for (;;) {
    try {
      return await runWindows(state);
    } catch (error) {
      if (!(error instanceof LedgerBehind)) throw error;
      goBack(state, error.reach);
    }
  }
}

function goBack(state: RunState, reach: LedgerReach): void {
  const { windows } = state.totals;
  log.warn('the tables lost windows of this run that were recorded: it goes back to where the ledger ends', {
    windows,
    carried: reach.windows,
  });
  state.goBack(reach);
}

function preflightRequest(order: CopyOrder): PreflightRequest {
  const { source, target, sourceId, targetId } = order.settings;
  const own = new Set(['source', 'target', 'sourceId', 'targetId', 'monitor']);
  const settings = Object.entries(order.settings).filter(([name, value]) => !own.has(name) && value !== undefined);
  const info = workflowInfo();
  return {
    experiment: order.experiment,
    sourceName: source ?? null,
    targetName: target ?? null,
    sourceId,
    targetId,
    settings: Object.fromEntries(settings),
    range: order.range,
    // In a workflow this is Temporal's clock.
    clockMs: Date.now(),
    workflowId: info.workflowId,
    firstRunId: info.firstExecutionRunId,
  };
}

/** Null where the ledger does not carry what was copied: then the state is back where it ends. */
async function close(order: CopyOrder, state: RunState): Promise<RunResult | null> {
  const { prepared } = state;
  if (prepared === null) throw new Error('nothing was prepared yet');
  const { run } = prepared;
  await quick.removeStaged({ run, prefix: run.stagingPrefix });
  state.enter('monitoring');
  setCurrentDetails(describe(state));
  const monitor = await monitorStep(order, prepared);
  const info = workflowInfo();
  const askedToMs = clampedEndMs(order.range, prepared);
  const closed = await quick.closeRun.executeWithOptions({ summary: 'receipt and read copy' }, [
    {
      run,
      workflowId: info.workflowId,
      firstRunId: info.firstExecutionRunId,
      experimentName: prepared.experimentName,
      fromMs: prepared.fromMs,
      toMs: prepared.toMs,
      totals: state.totals,
      idsDigest: state.idsDigest,
      outcome: outcomeOf(state),
      askedToMs,
      latestEndMs: prepared.startedAtMs - prepared.settings.lagMs,
    },
  ]);
  if ('behind' in closed) {
    goBack(state, closed.behind);
    state.enter('copying');
    return null;
  }
  const { receiptPath, beyondEnd, otherVersions } = closed;
  state.enter('finished');
  setCurrentDetails(describe(state));
  if (state.troubledCount > 0) failWithTroubles(state);
  await tellWebhook(prepared, state.totals, { outcome: 'finished', error: null });
  return {
    experimentId: run.scope.experimentId,
    experimentName: prepared.experimentName,
    sourceId: run.scope.sourceId,
    fromMs: prepared.fromMs,
    toMs: prepared.toMs,
    totals: state.totals,
    monitor,
    beyondEnd: beyondEnd ?? null,
    otherVersions: otherVersions ?? 0,
    askedToMs,
    idsDigest: state.idsDigest,
    receiptPath,
  };
}

/** The end that was asked for, where the run had to end before it. */
function clampedEndMs(range: RequestedRange, { toMs }: PreparedRun): number | null {
  return range.kind === 'explicit' && range.toMs !== null && range.toMs > toMs ? range.toMs : null;
}

async function monitorStep(order: CopyOrder, prepared: PreparedRun): Promise<MonitorOutcome | null> {
  if (order.monitor === 'none') return null;
  const input = { target: prepared.run.targetName, targetId: prepared.targetId };
  if (order.monitor === 'await') return awaitMonitor(input, prepared.targetLock);
  await triggerMonitor(input, prepared.targetLock);
  return null;
}

/** A trace that is in the tables in another version is not missing, and the reader must not look for it in vain. */
function missingText({ missing, outdated = 0 }: TroubledWindow): string {
  const nowhere = missing - outdated;
  const parts = [
    ...(nowhere > 0 || outdated === 0 ? [`${String(nowhere)} missing`] : []),
    ...(outdated > 0 ? [`${String(outdated)} in the tables in another version`] : []),
  ];
  return parts.join(', ');
}

function suspicionText({ suspicion }: TroubledWindow): string {
  if (suspicion == null) return 'suspicious';
  const { of, count, traceIds } = suspicion;
  const names = `(${traceIds.join(', ')}${count > traceIds.length ? ', …' : ''})`;
  return of === 'traces'
    ? `suspicious, ${String(count)} landed traces are not listed any more ${names}`
    : `suspicious, ${String(count)} traces show fewer assessments than before ${names}`;
}

/** The run went on past windows that did not pass; it fails at its end and names them. */
function failWithTroubles(state: RunState): never {
  const windows = state.troubled
    .map((window) => {
      const bounds = `[${iso(window.fromMs)}, ${iso(window.toMs)})`;
      return window.state === 'incomplete'
        ? `${bounds}: ${missingText(window)} (${window.missingIds.join(', ')})`
        : `${bounds}: ${suspicionText(window)}`;
    })
    .join('; ');
  failRun(outcomeOf(state) === 'incomplete' ? 'WindowsIncomplete' : 'WindowsSuspicious', {
    count: state.troubledCount,
    windows,
  });
}

/** Never hides why the run ended: what stays behind in staging is swept by a later run. */
async function cleanUp(order: CopyOrder, state: RunState, error: unknown): Promise<void> {
  try {
    await afterFailure(order, state, error);
  } catch (cleanUpError) {
    log.warn('the clean-up of a failed run failed too', { code: errorCodeOf(cleanUpError) ?? 'unknown' });
  }
}

/** Staged files go, what is committed stays; the webhook hears of everything but a cancellation. */
async function afterFailure(order: CopyOrder, state: RunState, error: unknown): Promise<void> {
  const { prepared } = state;
  if (prepared === null) {
    if (!isCancellation(error)) await tellWebhookOfFalseStart(order.experiment, error);
    return;
  }
  const { run } = prepared;
  await quick.removeStaged({ run, prefix: run.stagingPrefix });
  if (isCancellation(error)) return;
  const outcome = state.troubledCount > 0 ? outcomeOf(state) : 'failed';
  await tellWebhook(prepared, state.totals, { outcome, error });
}

function outcomeOf(state: RunState): RunOutcome {
  if (state.troubledCount === 0) return 'finished';
  return state.troubled.some((window) => window.state === 'incomplete') ? 'incomplete' : 'suspicious';
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Markdown for the Web UI: numbers and names only. */
function describe(state: RunState): string {
  const { prepared, totals } = state;
  if (prepared === null) return 'preparing';
  const rows: [string, string | number][] = [
    ['phase', state.phase],
    ['experiment', `${prepared.experimentName} (${prepared.run.scope.experimentId})`],
    ['range', `${iso(prepared.fromMs)} to ${iso(prepared.toMs)}`],
    ['verified to', state.verifiedToMs === null ? '-' : iso(state.verifiedToMs)],
    ['windows', totals.windows],
    ['listed', totals.listed],
    ['landed', totals.landed],
    ['new', totals.inserted],
    ['updated', totals.updated],
    ['dead letters', totals.deadLettered],
    ['missing', totals.missing],
  ];
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${String(value)} |`)].join('\n');
}
