/**
 * What commands get from the rest of tracelift, as an interface: loaded only when a command needs it, so that `--help`
 * stays quick, and replaceable in tests.
 */
import type { Config } from '../config/index.js';
import type { Log } from '../log.js';
import type { Runtime } from '../wiring/index.js';
import type { StartWorkerOptions, TraceliftWorker } from '../worker.js';

export interface CliParts {
  createRuntime(config: Config, log: Log): Promise<Runtime>;
  startWorker(options: StartWorkerOptions): Promise<TraceliftWorker>;
  /** Must come before the first connection to Temporal. */
  prepareTemporal(config: Config, log: Log): Promise<void>;
}
