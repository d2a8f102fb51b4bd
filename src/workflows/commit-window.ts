/** The workflow that holds the commit lock: merges the files of one manifest. Runs inside the workflow sandbox. */
import type { CommitRequest, CommitResult } from '../copy/commit/messages.js';
import { heavy } from './activity-policies.js';
import { readableFailure } from './failures.js';

/**
 * Adds missing columns and merges a window's staged files, table by table, gold last. Started by copying runs under a
 * fixed id per target; not meant to be started by hand.
 */
export async function commitWindow(request: CommitRequest): Promise<CommitResult> {
  try {
    return await heavy.commitManifest.executeWithOptions({ summary: 'merge the staged files' }, [request]);
  } catch (error) {
    throw readableFailure(error);
  }
}
