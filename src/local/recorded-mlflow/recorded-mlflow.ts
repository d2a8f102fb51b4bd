/**
 * A small stand-in for an MLflow server, for the demo on machines without Python. Not a server for anybody's own
 * traces. Imports its neighbours.
 */
import { moveTo, weekStartMs } from './moved-times.js';
import { createRecordedStore, demoRecording } from './recorded-store.js';
import { type RunningStandIn, serveStore } from './server.js';

export type { RunningStandIn } from './server.js';

export interface RecordedOptions {
  /** Default: a free one. */
  readonly port?: number;
  /**
   * The newest trace starts less than a day before this, epoch milliseconds. Default: the Monday of this week, 00:00
   * UTC, so that the traces are recent and stay the same for a week.
   */
  readonly newestMs?: number;
}

/**
 * MLflow's own demo traces as a real server answered them, moved in time by whole days. Assessments can be added; they
 * end with the server.
 */
export function startRecordedMlflow(options: RecordedOptions = {}): Promise<RunningStandIn> {
  const recording = moveTo(demoRecording(), options.newestMs ?? weekStartMs(Date.now()));
  return serveStore(createRecordedStore(recording), options.port);
}
