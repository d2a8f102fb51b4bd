/** Which experiments can be copied. Every command and every run asks here, before it lists anything. */
import { TraceliftError } from '../errors/index.js';
import type { Experiment, TraceSource } from './trace-source.js';
import type { CallOptions } from '../call-options.js';

/**
 * The experiment of that id or name, if its traces can be copied.
 * @throws ExperimentNotFound, ExperimentDeleted, ExperimentInUnityCatalog
 */
export async function copyableExperiment(
  source: TraceSource,
  idOrName: string,
  options?: CallOptions,
): Promise<Experiment> {
  const experiment = await source.getExperiment(idOrName, options);
  if (experiment.lifecycleStage === 'deleted') throw new TraceliftError('ExperimentDeleted', { experiment: idOrName });
  requireTracesInMlflow(experiment);
  return experiment;
}

/**
 * A search lists nothing of an experiment whose traces lie elsewhere, which would pass for a complete copy of nothing.
 * @throws ExperimentInUnityCatalog
 */
export function requireTracesInMlflow({ experimentId, name, unityCatalogTraces }: Experiment): void {
  if (unityCatalogTraces === null) return;
  throw new TraceliftError('ExperimentInUnityCatalog', {
    experiment: `${name} (${experimentId})`,
    tables: unityCatalogTraces,
  });
}
