/** A worker in this process, where nobody else works. */
import { makePrivateFolder } from '../../wiring/private-folder.js';
import type { TraceliftWorker } from '../../worker.js';
import type { CliSession } from '../session.js';
import { countPollers } from './pollers.js';
import type { TemporalServer } from './server.js';
import type { Notify } from '../terminal/progress.js';

/** Commands whose process has a worker already. */
const withWorker = new WeakSet<CliSession>();

/** Starts a worker in this process unless another one works on the queue. Returns whether it did. */
export async function ensureWorker(session: CliSession, temporal: TemporalServer, notify: Notify): Promise<boolean> {
  temporal.keepAlive(async () => {
    await ensureWorker(session, temporal, notify);
  });
  if (withWorker.has(session)) return false;
  const isOurs = temporal.origin === 'ours';
  if (!isOurs && (await countPollers(temporal, session.io.nowMs())) > 0) return false;
  await startOwnWorker(session, temporal);
  notify(
    isOurs
      ? `Worker: in this process, task queue ${temporal.taskQueue}`
      : `Worker: no other one polls the task queue ${temporal.taskQueue}, so this process works itself`,
  );
  return true;
}

/** Starts a worker in this process, which ends with the command. */
export async function startOwnWorker(session: CliSession, temporal: TemporalServer): Promise<TraceliftWorker> {
  // Receipts lie there, also where the tables are elsewhere.
  makePrivateFolder(session.config.dataDir);
  const { address, namespace, taskQueue, origin } = temporal;
  const place = origin === 'configured' ? { taskQueue } : { taskQueue, address, namespace };
  const worker = await session.loaders.startWorker({ runtime: await session.runtime(), ...place });
  withWorker.add(session);
  // It goes on by itself when the server is back.
  temporal.keepAlive(() => Promise.resolve());
  session.onClose(async () => {
    // Other commands on the same local server may count on this worker.
    await temporal.othersDone();
    await worker.shutdown();
  });
  worker.stopped.catch((error: unknown) => {
    session.log.error('The worker stopped', { reason: error instanceof Error ? error.name : 'unknown' });
  });
  return worker;
}
