/** `tracelift worker`: works until it is told to stop. */
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';
import { exitCodes } from '../exit-codes.js';
import { withExamples } from '../options/flags.js';
import type { CliSession } from '../session.js';
import type { Notify } from '../terminal/progress.js';

export function options(program: Command, context: CommandContext): void {
  const { io } = context;
  const command = program
    .command('worker')
    .summary('run a worker until it is told to stop')
    .description(
      'Polls the task queue for workflows and activities. Start as many as you like for a Databricks target; a DuckDB target needs exactly one. Ctrl-C or SIGTERM lets activities in flight finish.',
    )
    .action(async () => {
      const tell = (message: string): void => void io.stderr.write(`${message}\n`);
      await load(await context.session(), tell, (model) => tell(view(model)));
    });
  withExamples(command, 'TEMPORAL_ADDRESS=127.0.0.1:7233 MLFLOW_TRACKING_URI=http://127.0.0.1:5000 tracelift worker');
}

export interface WorkerModel {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
}

/**
 * Works until Ctrl-C or SIGTERM; activities in flight get the grace period, a second signal ends at once.
 * @throws TemporalUnreachable
 */
export async function load(session: CliSession, notify: Notify, onReady: (model: WorkerModel) => void): Promise<void> {
  const { openTemporal } = await import('../temporal/server.js');
  const { startOwnWorker } = await import('../temporal/worker.js');
  session.useFullLog();
  const temporal = await openTemporal(session, notify);
  const { address, namespace, taskQueue } = temporal;
  const worker = await startOwnWorker(session, temporal);
  onReady({ address, namespace, taskQueue });
  let presses = 0;
  const forget = session.onInterrupt(() => {
    presses += 1;
    if (presses > 1) session.io.exitNow(exitCodes.interrupted);
    notify('Stopping: activities in flight may finish; Ctrl-C again ends at once.');
    temporal.handOver();
    // A worker that broke while it stopped rejects `stopped` too.
    worker.shutdown().catch(() => undefined);
  });
  try {
    await worker.stopped;
  } finally {
    forget();
  }
}

/** Where it polls, in one line. */
export function view({ address, namespace, taskQueue }: WorkerModel): string {
  return `Worker: polls the task queue ${taskQueue} on ${address}, namespace ${namespace}; Ctrl-C stops it`;
}
