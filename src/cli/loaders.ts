/** What commands load of the rest of tracelift when they need it; tests bring their own. Types only. */
import type { Config } from '../config/index.js';
import type { Log } from '../log.js';
import type { Runtime } from '../wiring/index.js';
import type { StartWorkerOptions, TraceliftWorker } from '../worker.js';

export interface Loaders {
  createRuntime(config: Config, log: Log): Promise<Runtime>;
  startWorker(options: StartWorkerOptions): Promise<TraceliftWorker>;
  /** Must come before the first connection to Temporal. */
  prepareTemporal(config: Config, log: Log): Promise<void>;
}
