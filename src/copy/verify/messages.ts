/** What crosses Temporal when a window is verified. Pure types; imports types only. */
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
}

export interface VerifiedWindow {
  readonly state: WindowState;
  readonly listed: number;
  readonly landed: number;
  readonly deadLettered: number;
  readonly missing: number;
  /** First missing ids, at most ten. */
  readonly missingIds: readonly string[];
  readonly moved: number;
  readonly extra: number;
  readonly idsDigest: string;
}
