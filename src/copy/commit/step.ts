/** From staged files to tables: manifest, merge, ledger, clean-up. */
import { Context } from '@temporalio/activity';

import { TraceliftError } from '../../errors/index.js';
import type { JsonValue } from '../../json/json-value.js';
import type { RunReference } from '../run.js';
import type { CommitRequest, CommittedWindow, SealWindowRequest } from './messages.js';
import type { ProcessedBatch } from '../process/messages.js';
import type { RecordWindowRequest } from '../record/messages.js';
import type { StagedFile } from '../../targets/staging.js';
import type { CommitManifest } from '../../targets/warehouse.js';
import type { ActivityDependencies } from '../dependencies.js';
import { alive, targetOf } from '../run-guard.js';

/** Writes the manifest: the commit reads exactly the files that it names. */
export function sealWindow(dependencies: ActivityDependencies, request: SealWindowRequest): Promise<void> {
  return alive(async () => {
    const { staging } = await targetOf(dependencies, request.run);
    const files = request.files.map((file) => withoutFailedIds(file));
    const manifest: CommitManifest = {
      files,
      locations: files.map((file) => staging.location(file.key)),
      maxMetricColumns: request.settings.maxMetricColumns,
    };
    await staging.writeJson(request.manifestKey, manifest as unknown as JsonValue);
  });
}

function withoutFailedIds({ key, numTraces, numDeadLetters, ...rest }: ProcessedBatch): StagedFile {
  const { numSpans, numAssessments, numDocuments, bytes } = rest;
  return { key, numTraces, numDeadLetters, numSpans, numAssessments, numDocuments, bytes };
}

/** Merges a manifest's files, table by table. Idempotent. @throws StagingLost, ManifestMismatch */
export function commitManifest(dependencies: ActivityDependencies, request: CommitRequest): Promise<CommittedWindow> {
  return alive(async ({ signal }) => {
    const { staging, warehouse } = await targetOf(dependencies, request.run);
    const manifest = (await staging.readJson(request.manifestKey)) as unknown as CommitManifest;
    const context = Context.current();
    return warehouse.commit(manifest, { signal, onStep: (step) => context.heartbeat(step) });
  });
}

/** The ledger row: written last, when the verdict is known. */
export function recordWindow(dependencies: ActivityDependencies, request: RecordWindowRequest): Promise<void> {
  return alive(async () => {
    const { warehouse } = await targetOf(dependencies, request.run);
    const { verified, run } = request;
    await warehouse.recordWindow({
      workflow_id: request.workflowId,
      first_run_id: request.firstRunId,
      window_index: request.windowIndex,
      source_id: run.scope.sourceId,
      experiment_id: run.scope.experimentId,
      from_ms: request.fromMs,
      to_ms: request.toMs,
      state: verified.state,
      listed: verified.listed,
      landed: verified.landed,
      changed: request.changed,
      dead_lettered: verified.deadLettered,
      missing: verified.missing,
      extra: verified.extra,
      repair_rounds: request.repairRounds,
      ids_digest: verified.idsDigest,
      started_at: request.startedAtMs * 1000,
      verified_at: Date.now() * 1000,
      tracelift_version: dependencies.version,
    });
  });
}

/** Removes a run's or window's staged files. @throws Internal for a prefix outside the run */
export function removeStaged(
  dependencies: ActivityDependencies,
  request: { readonly run: RunReference; readonly prefix: string },
): Promise<void> {
  return alive(async () => {
    if (!`${request.prefix}/`.startsWith(`${request.run.stagingPrefix}/`)) {
      throw new TraceliftError('Internal', { where: 'removeStaged', reason: 'the prefix is outside the run' });
    }
    const { staging } = await dependencies.target(request.run.targetName);
    await staging.remove(request.prefix);
  });
}
