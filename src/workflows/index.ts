/** Every workflow type that the worker offers. Type names are the names of these exports: stable, never renamed. */
export { backfillExperiments } from './backfill-experiments.js';
export { backfillTraces } from './backfill-traces.js';
export { commitWindow } from './commit-window.js';
export { ensureMonitor } from './ensure-monitor.js';
export { notifyRun } from './notify-run.js';
export { rebuildGold } from './rebuild-gold.js';
export { syncTraces } from './sync-traces.js';
