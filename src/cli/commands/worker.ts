/** Runs what `tracelift worker` is: a worker until it is told to stop. Never prints. */
import { findRunningTemporal, openTemporal, startOwnWorker, type Notify } from '../temporal/server.js';
import type { CliSession } from '../session.js';

export interface WorkerModel {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
}

/**
 * Works until Ctrl-C or SIGTERM; activities in flight get the grace period, a second signal ends at once.
 * @throws TemporalUnreachable
 */
export async function runWorker(session: CliSession, notify: Notify): Promise<WorkerModel> {
  session.useFullLog();
  const temporal = (await findRunningTemporal(session)) ?? (await openTemporal(session, notify));
  const { address, namespace, taskQueue } = temporal;
  const worker = await startOwnWorker(session, temporal);
  notify(`Worker: polls the task queue ${taskQueue} on ${address}, namespace ${namespace}; Ctrl-C stops it`);
  let presses = 0;
  const forget = session.onInterrupt(() => {
    presses += 1;
    if (presses > 1) session.io.exitNow(130);
    notify('Stopping: activities in flight may finish; Ctrl-C again ends at once.');
    // A worker that broke while it stopped rejects `stopped` too.
    worker.shutdown().catch(() => undefined);
  });
  try {
    await worker.stopped;
  } finally {
    forget();
  }
  return { address, namespace, taskQueue };
}
