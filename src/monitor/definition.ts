/** What profile windows are profiled as, and from what: the fingerprint of a window. Pure but for the hash. */
import { createHash } from 'node:crypto';
import type { ProfiledColumn } from './columns.js';

/** Raised when a statistic is computed in another way, so that every window is profiled again. */
const profileRevision = 1;

/** What every window of a refresh is profiled as. */
export interface ProfileDefinition {
  readonly monitorVersion: number;
  readonly columns: readonly ProfiledColumn[];
  readonly slicingColumns: readonly string[];
}

/** Changes with everything that changes what a profile holds, apart from the gold rows. */
function definitionDigest(definition: ProfileDefinition): string {
  const text = JSON.stringify([profileRevision, definition]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Facts of a window's gold rows: whole numbers, written as such. */
export interface WindowFacts {
  readonly numRows: string;
  /** When the last of them was committed, epoch microseconds. */
  readonly lastCommitUs: string;
  /** Of the commit times. */
  readonly checksum: string;
}

/** Text that is the same for the same rows and the same definition only. */
export function fingerprintOf(definition: ProfileDefinition, { numRows, lastCommitUs, checksum }: WindowFacts): string {
  return `${numRows}/${lastCommitUs}/${checksum}/${definitionDigest(definition)}`;
}
