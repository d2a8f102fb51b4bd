/**
 * What crosses Temporal when a run is prepared. Pure types; imports types only.
 *
 * All messages of a copy hold names, counts, cursors and keys: never trace text, never a secret, since all of it is
 * stored in Temporal's history. Each stays far below 50 KB.
 */
import type { AskedPlace } from '../run.js';
import type { SomeRunSettings } from '../run-settings.js';

/** Which stretch of time a run is asked for. Times are epoch milliseconds; null means "as far as there is data". */
export type RequestedRange =
  | { readonly kind: 'explicit'; readonly fromMs: number | null; readonly toMs: number | null }
  | {
      readonly kind: 'scheduled';
      /** When the schedule meant the run to start: never a worker's clock. */
      readonly scheduledMs: number;
      readonly lookbackMs: number | null;
    };

export interface PreflightRequest extends AskedPlace {
  /** Experiment id or exact name. */
  readonly experiment: string;
  /** Null: the configuration's default. */
  readonly sourceName: string | null;
  readonly targetName: string | null;
  /** Settings that the caller fixed; the others come from the configuration. */
  readonly settings: SomeRunSettings;
  readonly range: RequestedRange;
  /** Temporal's clock, epoch milliseconds; absent in requests of older workflows. */
  readonly clockMs?: number;
  readonly workflowId: string;
  readonly firstRunId: string;
}

export interface ResolveExperimentsRequest extends AskedPlace {
  /** Ids or names, or every active experiment of the source. */
  readonly experiments: readonly string[] | 'all';
  readonly sourceName: string | null;
  readonly targetName: string | null;
}

export interface ResolvedExperiments {
  readonly experiments: readonly { readonly experimentId: string; readonly name: string }[];
  readonly targetName: string;
  readonly targetLock: string;
}
