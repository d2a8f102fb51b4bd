/**
 * A stand-in for an MLflow server with any number of made-up traces, for benchmarks in which the source must not be the
 * limit. Imports its neighbours.
 */
import { type RunningStandIn, serveStore } from '../../../src/local/recorded-mlflow/server.js';
import { createSyntheticStore, syntheticExperiment, type SyntheticOptions } from './store.js';

export type { SyntheticOptions } from './store.js';

export interface RunningSynthetic extends RunningStandIn {
  /** The one experiment that it has. */
  readonly experimentId: string;
  readonly experimentName: string;
}

/** Serves from this process; where its share of the processor matters, start it in one of its own. */
export async function startSyntheticMlflow(
  options: SyntheticOptions & { readonly port?: number },
): Promise<RunningSynthetic> {
  const { experimentId, name } = syntheticExperiment;
  const server = await serveStore(createSyntheticStore(options), options.port);
  return { ...server, experimentId, experimentName: name };
}
