/** What windows are profiled as, and from what: the fingerprint of a window. Pure; imports domain/profile and the hash. */
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

/** Facts of a window's gold rows, whole numbers; microseconds for times. */
export interface WindowFacts {
  readonly num_rows: number | bigint | string;
  readonly last_us: number | bigint | string;
  readonly checksum: number | bigint | string;
}

/** Text that is the same for the same rows and the same definition only. */
export function fingerprintOf(definition: ProfileDefinition, { num_rows, last_us, checksum }: WindowFacts): string {
  return `${String(num_rows)}/${String(last_us)}/${String(checksum)}/${definitionDigest(definition)}`;
}
