/** From staged files to tables: the manifest, then the merges that it names. */
import { isJsonObject } from '../../json/json-value.js';
import type { Staging } from '../../targets/staging.js';
import type { CommitManifest, DecidedCounts } from '../../targets/warehouse.js';
import type { StepAttempt } from '../attempt.js';
import type { RunTarget } from '../dependencies.js';
import { isManifest, readDocument, writeDocument } from '../staged-documents.js';
import { decidedKey } from '../staging-layout.js';
import type { CommitRequest, CommitResult, SealWindowRequest } from './messages.js';

/** Writes the manifest: the commit reads exactly the files that it names. */
export async function sealWindow({ target }: RunTarget, request: SealWindowRequest): Promise<void> {
  const { staging } = target;
  const { files } = request;
  const manifest: CommitManifest = {
    files,
    locations: files.map((file) => staging.location(file.key)),
    maxMetricColumns: request.settings.maxMetricColumns,
  };
  await writeDocument(staging, request.manifestKey, manifest);
}

/**
 * Merges a manifest's files, table by table. Idempotent, also in what it answers: a worker may die when gold is written
 * and nobody has heard of it, and the next attempt finds nothing to write any more.
 * @throws StagingLost, ManifestMismatch
 */
export async function commitManifest(
  { target }: RunTarget,
  request: CommitRequest,
  { attempt, signal, onProgress }: StepAttempt,
): Promise<CommitResult> {
  const { staging, warehouse } = target;
  const manifest = await readDocument(staging, request.manifestKey, isManifest);
  await staging.verify(manifest.files, signal);
  const key = decidedKey(request.manifestKey);
  const before = attempt === 1 ? null : await decidedBefore(staging, key);
  const onDecided = async (counts: DecidedCounts): Promise<void> => {
    if (before === null) await staging.writeJson(key, { inserted: counts.inserted, updated: counts.updated });
  };
  const result = await warehouse.commit(manifest, { signal, onStep: onProgress, onDecided });
  // Gold is written at once: an attempt that still writes some of it shows that none before it did.
  return before === null || result.inserted + result.updated > 0 ? result : { ...result, ...before };
}

/** Null where no attempt came as far. */
async function decidedBefore(staging: Staging, key: string): Promise<DecidedCounts | null> {
  if (!(await staging.exists(key))) return null;
  const decided = await staging.readJson(key);
  if (!isJsonObject(decided)) return null;
  const { inserted, updated } = decided;
  return typeof inserted === 'number' && typeof updated === 'number' ? { inserted, updated } : null;
}
