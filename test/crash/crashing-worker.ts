/**
 * A worker process that dies where it is told. Prints `ready` when it polls; a line on stdin starts it, so that the
 * next case's process can be loaded while the last one still runs.
 */
import { once } from 'node:events';

import { loadConfig } from '../../src/config/index.js';
import { silentLog } from '../../src/log.js';
import { startWorker } from '../../src/worker.js';
import { createRuntime } from '../../src/wiring/index.js';
import { crashingDependencies } from './crash-point.js';
import type { CrashPoint } from './crash-point.js';

/** What the parent writes on stdin, as one line of JSON. */
export interface WorkerOrder {
  readonly env: Record<string, string>;
  readonly dataDir: string;
  readonly temporal: string;
  readonly taskQueue: string;
  readonly bundlePath: string;
  readonly point: CrashPoint | null;
}

process.stdin.setEncoding('utf8');
process.stdin.once('end', () => process.exit(0));
process.stdout.write('loaded\n');
const [line] = (await once(process.stdin, 'data')) as [string];
const order = JSON.parse(line) as WorkerOrder;
const runtime = createRuntime(loadConfig({ env: order.env, cwd: order.dataDir }), { log: silentLog });
const counts = new Map<string, number>();
const worker = await startWorker({
  runtime: {
    ...runtime,
    activityDependencies: crashingDependencies(runtime.activityDependencies, order.point, counts),
  },
  address: order.temporal,
  taskQueue: order.taskQueue,
  workflowBundlePath: order.bundlePath,
  // No sticky queue: a killed worker's workflow tasks go to the next one at once.
  maxCachedWorkflows: 0,
});
process.stdout.write('ready\n');
await worker.stopped;
