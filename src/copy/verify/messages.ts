/** What crosses Temporal when a window is verified. Pure types; imports types only. */
import type { Interval } from '../prepare/coverage.js';
import type { RunReference } from '../run.js';
import type { RunSettings } from '../run-settings.js';
import type { WindowState } from './rules.js';

export interface VerifyWindowRequest {
  readonly run: RunReference;
  readonly settings: RunSettings;
  readonly fromMs: number;
  readonly toMs: number;
  readonly seenKeys: readonly string[];
  /** False where nothing was committed: then the listing itself was the proof. */
  readonly relist: boolean;
  /** Traces that the run itself added to the window: they make up for none that vanished. Default 0. */
  readonly inserted?: number;
}

/** What a source that seems to withhold something no longer shows. */
export interface Suspicion {
  /** Whole traces, or assessments of traces that are listed. */
  readonly of: 'traces' | 'assessments';
  readonly count: number;
  /** First ids of these traces, at most ten. */
  readonly traceIds: readonly string[];
}

export interface VerifiedWindow {
  readonly state: WindowState;
  readonly listed: number;
  /** Listed traces that are in the tables in their listed version. */
  readonly landed: number;
  /** Listed traces that are among the dead letters instead. */
  readonly deadLettered: number;
  /** Traces that the window still has to copy: `WindowVerdict.missing` says which. */
  readonly missing: number;
  /** Those of them that are in the tables, in another version. Absent in answers of older workers. */
  readonly outdated?: number;
  /** First of them, at most ten. */
  readonly missingIds: readonly string[];
  /** Traces that appeared or changed after the first listing and are not landed as they are listed now. */
  readonly moved: number;
  /**
   * Spans that the source counts beyond those in the tables, where all traces are landed; 0 where it cannot count.
   * Absent in answers of older workers.
   */
  readonly lateSpans?: number;
  /** Where the traces start that they belong to: few stretches with few traces each. */
  readonly lateWithin?: readonly Interval[];
  /** Why the window is suspicious: what the source no longer shows. Null, or absent, where it is not. */
  readonly suspicion?: Suspicion | null;
  /** Landed traces that the source has no more. */
  readonly extra: number;
  /**
   * Landed traces that start in the window, listed or not, without those that the source has no more. Fewer of them
   * later mean that the tables lost some. Absent in answers of older workers.
   */
  readonly inTables?: number;
  /** Of the ids listed: ids-digest.ts. */
  readonly idsDigest: string;
}
