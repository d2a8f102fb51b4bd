/** Which workers poll a task queue. Imports the Temporal client's types and Node. */
import type { Client } from '@temporalio/client';
import { hostname } from 'node:os';

/** A task queue on a server that answers. */
export interface TaskQueue {
  readonly client: Client;
  readonly namespace: string;
  readonly taskQueue: string;
}

/** Workers poll at least once a minute; an older poll is from one that is gone. */
const pollerAgeMs = 70_000;

/** Number of workers that lately asked for work of this queue and, where they ran on this machine, still live. */
export async function countPollers(queue: TaskQueue, nowMs: number): Promise<number> {
  const { client, namespace, taskQueue } = queue;
  const { pollers } = await client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue } });
  return pollers.filter((poller) => {
    const isRecent = nowMs - Number(poller.lastAccessTime?.seconds ?? 0) * 1000 < pollerAgeMs;
    return isRecent && !isKnownDead(poller.identity ?? '');
  }).length;
}

/** The SDK calls a worker `<process id>@<host>`; the server remembers it for minutes after its end. */
function isKnownDead(identity: string): boolean {
  const match = /^(\d+)@(.+)$/.exec(identity);
  if (match?.[2] !== hostname()) return false;
  try {
    process.kill(Number(match[1]), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
