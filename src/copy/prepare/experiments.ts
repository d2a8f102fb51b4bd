/** Which experiments a run over several of them works on. */
import { copyableExperiment } from '../../sources/copyable-experiment.js';
import type { ResolveExperimentsRequest, ResolvedExperiments } from './messages.js';
import { refuseOtherPlace } from '../asked-place.js';
import type { StepAttempt } from '../attempt.js';
import type { ActivityDependencies } from '../dependencies.js';
import { targetLockOf } from '../fingerprint.js';

/**
 * Resolves names to ids, each experiment once, in a stable order. Of all experiments those in Unity Catalog come along:
 * each run refuses its own by name, which the run over all of them then reports.
 * @throws ExperimentNotFound, ExperimentDeleted, ExperimentInUnityCatalog
 */
export async function resolveExperiments(
  worker: ActivityDependencies,
  request: ResolveExperimentsRequest,
  attempt: StepAttempt,
): Promise<ResolvedExperiments> {
  const { source } = await worker.source(request.sourceName);
  const target = await worker.target(request.targetName);
  refuseOtherPlace(request, { sourceId: (await source.describe(attempt)).sourceId, target }, attempt);
  const found = new Map<string, string>();
  if (request.experiments === 'all') {
    for (const one of await source.listExperiments(attempt)) {
      if (one.lifecycleStage === 'active') found.set(one.experimentId, one.name);
    }
  } else {
    for (const wanted of request.experiments) {
      const one = await copyableExperiment(source, wanted, attempt);
      found.set(one.experimentId, one.name);
    }
  }
  return {
    experiments: [...found].map(([experimentId, name]) => ({ experimentId, name })),
    targetName: target.name,
    targetLock: targetLockOf(worker, target),
  };
}
