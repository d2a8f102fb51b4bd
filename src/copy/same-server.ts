/**
 * Whether the source's address still leads to the server that the run began with. Experiment ids are small numbers: every
 * server has an experiment 1, and rows of another one must never land under this name.
 */
import { TraceliftError } from '../errors/index.js';
import type { CallOptions, TraceSource } from '../sources/trace-source.js';
import type { RunReference } from './run.js';

/** Compares when the run's experiment was made. @throws SourceChanged */
export async function checkSameServer(source: TraceSource, run: RunReference, options: CallOptions): Promise<void> {
  const { experimentId } = run.scope;
  if ((await experimentCreatedAtMs(source, experimentId, options)) === run.experimentCreatedAtMs) return;
  const { address } = await source.describe(options);
  throw new TraceliftError('SourceChanged', { address, experiment: experimentId });
}

/** Undefined where there is no such experiment. */
async function experimentCreatedAtMs(
  source: TraceSource,
  experimentId: string,
  options: CallOptions,
): Promise<number | null | undefined> {
  try {
    return (await source.getExperiment(experimentId, options)).createdAtMs;
  } catch (error) {
    if (error instanceof TraceliftError && error.code === 'ExperimentNotFound') return undefined;
    throw error;
  }
}
