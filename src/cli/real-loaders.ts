/** Loads the rest of tracelift: each room only when a command asks for it. */
import type { Loaders } from './loaders.js';

/** Temporal's runtime can be installed once per process. */
let isTemporalPrepared = false;

export const realLoaders: Loaders = {
  async createRuntime(config, log) {
    const { createRuntime } = await import('../wiring/index.js');
    return createRuntime(config, { log });
  },
  async startWorker(options) {
    const { startWorker } = await import('../worker.js');
    return startWorker(options);
  },
  async prepareTemporal(config, log) {
    if (isTemporalPrepared) return;
    isTemporalPrepared = true;
    const { installTemporalRuntime } = await import('../telemetry/index.js');
    installTemporalRuntime(config, log);
  },
};
