/** From staged files to tables: the manifest, then the merges that it names. */
import type { CommitManifest } from '../../targets/warehouse.js';
import type { StepAttempt } from '../attempt.js';
import type { RunTarget } from '../dependencies.js';
import { isManifest, readDocument, writeDocument } from '../staged-documents.js';
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

/** Merges a manifest's files, table by table. Idempotent. @throws StagingLost, ManifestMismatch */
export async function commitManifest(
  { target }: RunTarget,
  request: CommitRequest,
  { signal, onProgress }: StepAttempt,
): Promise<CommitResult> {
  const { staging, warehouse } = target;
  const manifest = await readDocument(staging, request.manifestKey, isManifest);
  await staging.verify(manifest.files, signal);
  return warehouse.commit(manifest, { signal, onStep: onProgress });
}
