/**
 * What a copying run knows about itself: counters, pause gate, concurrency. Answers the `progress` query and takes the
 * signals and the update. Runs inside the workflow sandbox.
 */
import { condition, defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';

import { emptyDigest } from '../copy/list/ids-digest.js';
import type { LedgerReach } from '../copy/record/rules.js';
import { addTotals, emptyTotals } from '../copy/run.js';
import type { PreparedRun, RunTotals } from '../copy/run.js';
import { runSettings } from '../copy/run-settings.js';
import { pauseSignalName, progressQueryName, resumeSignalName, setConcurrencyUpdateName } from './contract.js';
import { failRun } from './failures.js';
import { Slots } from './slots.js';
import type { RunPhase, RunProgress, TroubledWindow } from './contract.js';

const progressQuery = defineQuery<RunProgress>(progressQueryName);
const pauseSignal = defineSignal(pauseSignalName);
const resumeSignal = defineSignal(resumeSignalName);
const setConcurrencyUpdate = defineUpdate<number, [number]>(setConcurrencyUpdateName);

/** The part of the state that travels through continue-as-new. */
export interface CarriedState {
  readonly prepared: PreparedRun;
  /** Everything before this is verified; the next window starts here. */
  readonly verifiedToMs: number;
  readonly nextWindowIndex: number;
  readonly totals: RunTotals;
  readonly processedTraces: number;
  /** First failed ids, at most ten. */
  readonly failedIds: readonly string[];
  readonly failedTraces: number;
  readonly troubled: readonly TroubledWindow[];
  readonly troubledCount: number;
  readonly idsDigest: string;
  readonly paused: boolean;
  readonly concurrency: number;
  /** How often the run went back to where the ledger ended. Absent in states of older versions. */
  readonly returns?: number;
}

/** How often a run goes back before it ends: whatever sets its tables back does not stop by itself. */
const maxReturns = 5;

/** Troubled windows are named up to this many; beyond, they are only counted. */
const maxNamedTroubles = 20;
const maxNamedFailures = 10;

/** Mutable state of one execution. Construct it first: it registers the handlers. */
export class RunState {
  phase: RunPhase = 'preparing';
  prepared: PreparedRun | null = null;
  verifiedToMs: number | null = null;
  nextWindowIndex = 0;
  totals: RunTotals = emptyTotals;
  processedTraces = 0;
  failedTraces = 0;
  failedIds: string[] = [];
  troubled: TroubledWindow[] = [];
  troubledCount = 0;
  idsDigest = emptyDigest;
  paused = false;
  concurrency: number = runSettings.concurrency.default;
  /** Batches of all windows under way share them. */
  readonly slots = new Slots(() => this.concurrency);
  inFlight: RunProgress['inFlight'] = { listed: 0, processed: 0 };
  returns = 0;
  private concurrencyWasSet = false;

  constructor(carried?: CarriedState) {
    if (carried !== undefined) this.restore(carried);
    setHandler(progressQuery, () => this.progress());
    setHandler(pauseSignal, () => {
      this.paused = true;
    });
    setHandler(resumeSignal, () => {
      this.paused = false;
    });
    setHandler(
      setConcurrencyUpdate,
      (concurrency) => {
        this.concurrency = concurrency;
        this.concurrencyWasSet = true;
        return this.concurrency;
      },
      { validator: checkConcurrency },
    );
  }

  /** Takes over what preflight resolved; an update that came first stays in force. */
  startCopying(prepared: PreparedRun): void {
    this.prepared = prepared;
    this.verifiedToMs = prepared.fromMs;
    if (!this.concurrencyWasSet) this.concurrency = prepared.settings.concurrency;
    this.phase = 'copying';
  }

  enter(phase: RunPhase): void {
    this.phase = phase;
  }

  /** Waits while the run is paused. Called before anything new is begun. */
  async gate(): Promise<void> {
    await condition(() => !this.paused);
  }

  add(part: Partial<RunTotals>): void {
    this.totals = addTotals(this.totals, part);
  }

  /** Traces that windows under way have listed and processed, as they come. */
  enterFlight({ listed, processed }: RunProgress['inFlight']): void {
    this.inFlight = { listed: this.inFlight.listed + listed, processed: this.inFlight.processed + processed };
  }

  /** A window is listed and processed: its traces count from now on by what its commit says. */
  leaveFlight({ listed, processed }: RunProgress['inFlight']): void {
    this.enterFlight({ listed: -listed, processed: -processed });
  }

  addFailures(count: number, ids: readonly string[]): void {
    this.failedTraces += count;
    this.failedIds = [...this.failedIds, ...ids].slice(0, maxNamedFailures);
  }

  addTrouble(window: TroubledWindow): void {
    this.troubledCount += 1;
    if (this.troubled.length < maxNamedTroubles) this.troubled.push(window);
  }

  carry(): CarriedState {
    if (this.prepared === null || this.verifiedToMs === null) throw new Error('nothing was prepared yet');
    const { prepared, verifiedToMs, nextWindowIndex, totals, processedTraces, failedIds, failedTraces } = this;
    const { troubled, troubledCount, idsDigest, paused, concurrency, returns } = this;
    return {
      prepared,
      verifiedToMs,
      nextWindowIndex,
      totals,
      processedTraces,
      failedIds,
      failedTraces,
      troubled,
      troubledCount,
      idsDigest,
      paused,
      concurrency,
      returns,
    };
  }

  /**
   * Goes back to where the ledger ends: the tables lost what was recorded behind it. Sums of windows become those of the
   * ledger; what was read and written on the way counts as it came.
   * @throws LedgerLost when it happens again and again
   */
  goBack(reach: LedgerReach): void {
    if (this.prepared === null) throw new Error('nothing was prepared yet');
    this.returns += 1;
    const { run, fromMs } = this.prepared;
    const { windows, toMs, troubled, listed, landed, written, deadLettered, missing, extra, idsDigest } = reach;
    if (this.returns > maxReturns) {
      const until = new Date(toMs ?? fromMs).toISOString();
      failRun('LedgerLost', { target: run.targetName, count: this.returns, windows, until });
    }
    const unchanged = Math.max(0, listed - written - deadLettered);
    const sums = { windows, listed, landed, unchanged, deadLettered, missing, extra, moved: 0, lateSpans: 0 };
    this.totals = { ...this.totals, ...sums };
    this.idsDigest = idsDigest;
    this.verifiedToMs = toMs ?? fromMs;
    this.nextWindowIndex = windows;
    this.troubled = this.troubled.filter(({ windowIndex }) => windowIndex < windows);
    this.troubledCount = troubled;
  }

  private restore(carried: CarriedState): void {
    const { troubled, failedIds, ...rest } = carried;
    Object.assign(this, rest);
    this.troubled = [...troubled];
    this.failedIds = [...failedIds];
    this.concurrencyWasSet = true;
    this.phase = 'copying';
  }

  private progress(): RunProgress {
    return {
      ...describePrepared(this.prepared),
      phase: this.phase,
      paused: this.paused,
      concurrency: this.concurrency,
      verifiedToMs: this.verifiedToMs,
      totals: this.totals,
      inFlight: this.inFlight,
      processedTraces: this.processedTraces,
    };
  }
}

type PreparedProgress = Pick<
  RunProgress,
  'experimentId' | 'experimentName' | 'fromMs' | 'toMs' | 'expectedTraces' | 'startedAtMs'
>;

function describePrepared(prepared: PreparedRun | null): PreparedProgress {
  if (prepared === null) {
    return {
      experimentId: null,
      experimentName: null,
      fromMs: null,
      toMs: null,
      expectedTraces: null,
      startedAtMs: null,
    };
  }
  const { experimentName, fromMs, toMs, expectedTraces, startedAtMs } = prepared;
  return { experimentId: prepared.run.scope.experimentId, experimentName, fromMs, toMs, expectedTraces, startedAtMs };
}

function checkConcurrency(concurrency: unknown): void {
  const { min, max } = runSettings.concurrency;
  if (typeof concurrency !== 'number' || !Number.isInteger(concurrency) || concurrency < min || concurrency > max) {
    throw new Error(`concurrency must be a whole number from ${String(min)} to ${String(max)}`);
  }
}
