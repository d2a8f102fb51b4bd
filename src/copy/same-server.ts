/**
 * Whether the source's address still leads to the server that the run began with. Experiment ids are small numbers: every
 * server has an experiment 1, and rows of another one must never land under this name.
 */
import { TraceliftError } from '../errors/index.js';
import { requireTracesInMlflow } from '../sources/copyable-experiment.js';
import type { Experiment, TraceSource } from '../sources/trace-source.js';
import type { TraceScope } from '../tables/trace-key.js';
import type { Warehouse } from '../targets/warehouse.js';
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
  const difference = experiment === undefined ? 'is gone' : 'is not the one that the run began with';
  throw new TraceliftError('SourceChanged', { address, experiment: experimentId, difference });
}

/** Tables and an experiment whose rows they may hold. */
interface KnownExperiment {
  readonly source: TraceSource;
  readonly warehouse: Warehouse;
  readonly scope: TraceScope;
  readonly experiment: Experiment;
}

/**
 * Compares when the experiment was made with what the tables keep of earlier runs: a new server at an old address, as
 * happens with `localhost:5000`, must not mix its traces with those of another one. Where either is unknown, nothing can
 * be told.
 * @throws SourceChanged
 */
export async function checkKnownServer(known: KnownExperiment, options?: CallOptions): Promise<void> {
  const { source, warehouse, scope, experiment } = known;
  const { createdAtMs } = experiment;
  const keptMs = await warehouse.experimentCreatedAt(scope);
  if (keptMs === null || createdAtMs === null || keptMs === createdAtMs) return;
  // A run that ended before anything was copied binds nobody.
  if (!(await holdsRows(warehouse, scope))) return;
  const { address } = await source.describe(options);
  const difference = `was made at ${iso(createdAtMs)}, and the one whose rows the tables hold at ${iso(keptMs)}`;
  throw new TraceliftError('SourceChanged', { address, experiment: scope.experimentId, difference });
}

/** For runs: the same, then kept for the next ones. @param mayChange true where the user said that it is the same one */
export async function keepServer(known: KnownExperiment, mayChange: boolean, options: CallOptions): Promise<void> {
  if (!mayChange) await checkKnownServer(known, options);
  const { warehouse, scope, experiment } = known;
  const { createdAtMs } = experiment;
  if (createdAtMs === null || (await warehouse.experimentCreatedAt(scope)) === createdAtMs) return;
  await warehouse.keepExperimentCreatedAt(scope, createdAtMs);
}

async function holdsRows(warehouse: Warehouse, scope: TraceScope): Promise<boolean> {
  const windows = await warehouse.ledger({ ...scope, limit: 1 });
  return windows.length > 0 || (await warehouse.summary(scope)).traces > 0;
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
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
