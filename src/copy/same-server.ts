/**
 * Whether the source's address still leads to the server that the run began with. Experiment ids are small numbers: every
 * server has an experiment 1, and rows of another one must never land under this name.
 */
import { TraceliftError } from '../errors/index.js';
import { requireTracesInMlflow } from '../sources/copyable-experiment.js';
import type { Experiment, TraceSource } from '../sources/trace-source.js';
import type { RunReference } from './run.js';
import type { CallOptions } from '../call-options.js';

/**
 * Compares when the run's experiment was made; meanwhile it may also have been bound to Unity Catalog.
 * @throws SourceChanged, ExperimentInUnityCatalog
 */
export async function checkSameServer(source: TraceSource, run: RunReference, options: CallOptions): Promise<void> {
  const { experimentId } = run.scope;
  const experiment = await experimentAt(source, experimentId, options);
  if (experiment?.createdAtMs === run.experimentCreatedAtMs) {
    requireTracesInMlflow(experiment);
    return;
  }
  const { address } = await source.describe(options);
  throw new TraceliftError('SourceChanged', { address, experiment: experimentId });
}

/** Undefined where there is no such experiment. */
async function experimentAt(
  source: TraceSource,
  experimentId: string,
  options: CallOptions,
): Promise<Experiment | undefined> {
  try {
    return await source.getExperiment(experimentId, options);
  } catch (error) {
    if (error instanceof TraceliftError && error.code === 'ExperimentNotFound') return undefined;
    throw error;
  }
}
