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

/**
 * Names the commit lock: the same tables, the same lock, whatever the target is called. The same path on another host is
 * another file.
 */
export function targetLockOf({ hostName }: Pick<ActivityDependencies, 'hostName'>, target: OpenTarget): string {
  const { warehouse, staging } = target;
  return `${warehouse.kind}-${fingerprint([warehouse.location, staging.isLocal ? hostName : ''])}`;
}

/** The lock as runs named it before: tells whose run that is. */
export function formerTargetLock(targetName: string, location: string): string {
  return `${targetName}-${fingerprint([location]).slice(0, 8)}`;
}

/** Names tables by their place, without telling it: what commands send along. */
export function targetIdOf(location: string): string {
  return fingerprint([location]);
}

/** Eight characters for an id that people read. */
export function shortName(parts: readonly string[]): string {
  return fingerprint(parts).slice(0, 8);
}
