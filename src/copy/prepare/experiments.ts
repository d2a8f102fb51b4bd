/** Which experiments a run over several of them works on. */
import { TraceliftError } from '../../errors/index.js';
import type { ResolveExperimentsRequest, ResolvedExperiments } from './messages.js';
import type { ActivityDependencies } from '../dependencies.js';
import { alive, targetLockOf } from '../run-guard.js';

/** Resolves names to ids, each experiment once, in a stable order. @throws ExperimentNotFound, ExperimentDeleted */
export function resolveExperiments(
  dependencies: ActivityDependencies,
  request: ResolveExperimentsRequest,
): Promise<ResolvedExperiments> {
  return alive(async (options) => {
    const { source } = await dependencies.source(request.sourceName);
    const target = await dependencies.target(request.targetName);
    const found = new Map<string, string>();
    if (request.experiments === 'all') {
      for (const one of await source.listExperiments(options)) {
        if (one.lifecycleStage === 'active') found.set(one.experimentId, one.name);
      }
    } else {
      for (const wanted of request.experiments) {
        const one = await source.getExperiment(wanted, options);
        if (one.lifecycleStage === 'deleted') throw new TraceliftError('ExperimentDeleted', { experiment: wanted });
        found.set(one.experimentId, one.name);
      }
    }
    return {
      experiments: [...found].map(([experimentId, name]) => ({ experimentId, name })),
      targetName: target.name,
      targetLock: targetLockOf(target),
    };
  });
}
