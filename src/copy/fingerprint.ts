/** What tells one run's source, tables and program from others: hashes of names and versions, without secrets. */
import { createHash } from 'node:crypto';

import { schemaVersion } from '../tables/index.js';
import type { TraceSource } from '../sources/trace-source.js';
import type { ActivityDependencies, OpenTarget } from './dependencies.js';
import { processVersion } from '../trace/processing-options.js';

/** Short and stable. */
function fingerprint(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/**
 * Hash of everything that two workers must share to work on one run: source, target, staging root, versions of the
 * program, the tables and the processing.
 *
 * @param source null for a run that reads no source
 */
export async function targetFingerprint(
  worker: ActivityDependencies,
  source: TraceSource | null,
  target: OpenTarget,
): Promise<string> {
  const described = source === null ? null : await source.describe();
  return fingerprint([
    described?.sourceId ?? '',
    described?.address ?? '',
    target.warehouse.location,
    target.staging.root,
    target.staging.isLocal ? worker.hostName : '',
    worker.version,
    schemaVersion,
    processVersion(worker.processing),
  ]);
}

/** Names the commit lock: the same tables, the same lock, whatever the target is called. */
export function targetLockOf(target: OpenTarget): string {
  return `${target.name}-${fingerprint([target.warehouse.location]).slice(0, 8)}`;
}
