/**
 * What all steps of a run share as it travels between workflows and activities: its references, its sums
 * and its end. Pure types, rules and sums; imports types only. No trace text and no secret ever appears here.
 */
import type { TraceScope } from '../tables/trace-key.js';
import type { RunSettings } from './run-settings.js';

/** Names of sources and targets: they are part of workflow ids. */
export const connectionNamePattern = /^[A-Za-z0-9_-]{1,64}$/;

/** What every activity of a run gets: enough to find its parts and to notice that it runs in the wrong worker. */
export interface RunReference {
  readonly sourceName: string;
  readonly targetName: string;
  readonly scope: TraceScope;
  /** When the run began; missing in runs that an older version began. */
  readonly experimentName?: string;
  /** See `targetFingerprint` in fingerprint.ts; an activity in a worker with another one refuses to work. */
  readonly targetFingerprint: string;
  /** When the experiment was made at the source, epoch milliseconds; null where the server does not say. */
  readonly experimentCreatedAtMs: number | null;
  /** Folder of the run's staged files. */
  readonly stagingPrefix: string;
}

/**
 * What the caller of a workflow is configured for: a worker that serves something else leaves the work alone. Absent
 * where the caller did not say, as runs that are started by hand.
 */
export interface AskedPlace {
  readonly sourceId?: string | undefined;
  /** Of the tables, by {@link targetIdOf} of src/copy/fingerprint.ts. */
  readonly targetId?: string | undefined;
}

/** What preflight found out and fixed for the whole run. */
export interface PreparedRun {
  readonly run: RunReference;
  readonly experimentName: string;
  /** Bounds of the run, half-open, epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly settings: RunSettings;
  /** Traces that the source counts in the bounds; null where it cannot say. */
  readonly expectedTraces: number | null;
  /** Names the commit lock: equal for all runs that write the same tables. */
  readonly targetLock: string;
  /** Names the tables for the steps behind the run; absent in runs that an earlier version prepared. */
  readonly targetId?: string;
  readonly startedAtMs: number;
  /** True where the worker knows a webhook to tell about the end of the run. */
  readonly hasWebhook: boolean;
}

/** How a run ended. `incomplete` and `suspicious`: some windows did not pass; the ledger names them. */
export type RunOutcome = 'finished' | 'incomplete' | 'suspicious' | 'failed';

/** Sums over the recorded windows of a run; those of pages, batches, spans and commits as they come. */
export interface RunTotals {
  readonly windows: number;
  /** Traces that the source listed when their windows were verified. */
  readonly listed: number;
  /** Of those, the ones that are in the tables in their listed version. */
  readonly landed: number;
  /** Gold rows inserted and updated. */
  readonly inserted: number;
  readonly updated: number;
  /** Listed traces that needed nothing: landed as listed, or a dead letter whose next try is not due. */
  readonly unchanged: number;
  /** Listed traces that are among the dead letters instead. */
  readonly deadLettered: number;
  /** Traces that their windows still have to copy: `WindowVerdict.missing` says which. */
  readonly missing: number;
  /** Landed traces that the source has no more. */
  readonly extra: number;
  /** Traces that appeared or changed while their window was copied: the next run takes them. */
  readonly moved: number;
  /** How often a window was listed and processed again. */
  readonly repaired: number;
  readonly spans: number;
  /** Spans that the source counts beyond those in the tables. */
  readonly lateSpans: number;
  readonly pages: number;
  readonly batches: number;
  /** Metric columns that were wanted beyond the limit, summed over commits. */
  readonly columnsOverLimit: number;
}

export const emptyTotals: RunTotals = {
  windows: 0,
  listed: 0,
  landed: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  deadLettered: 0,
  missing: 0,
  extra: 0,
  moved: 0,
  repaired: 0,
  spans: 0,
  lateSpans: 0,
  pages: 0,
  batches: 0,
  columnsOverLimit: 0,
};

/** Adds the given sums. What a run that an earlier version began does not count yet begins at 0. */
export function addTotals(left: RunTotals, right: Partial<RunTotals>): RunTotals {
  const sums: { -readonly [Name in keyof RunTotals]: number } = { ...emptyTotals, ...left };
  for (const [name, value] of Object.entries(right)) if (isTotal(name)) sums[name] += value;
  return sums;
}

function isTotal(name: string): name is keyof RunTotals {
  return Object.hasOwn(emptyTotals, name);
}
