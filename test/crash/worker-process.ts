/** Worker processes of tests: loaded ahead of their time, started by an order, ended by SIGKILL. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { WorkerOrder } from './crashing-worker.js';

const workerScript = fileURLToPath(new URL('./crashing-worker.ts', import.meta.url));

/** A process that has loaded everything and waits for its order. Loading takes longer than most cases. */
export function loadWorker(): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', workerScript], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
  });
}

/** Gives a loaded process its order, and waits until it polls. */
export async function startWorkerProcess(child: ChildProcess, order: WorkerOrder): Promise<void> {
  await outputOf(child, 'loaded');
  child.stdin?.write(`${JSON.stringify(order)}\n`);
  await outputOf(child, 'ready');
}

/** Ends a process as a power cut would, and waits for its end. */
export async function killWorker(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

const heard = new WeakMap<ChildProcess, { text: string; waiting: (() => void)[] }>();

/** Waits until the child has printed the word. */
async function outputOf(child: ChildProcess, word: string): Promise<void> {
  let record = heard.get(child);
  if (record === undefined) {
    const fresh = { text: '', waiting: [] as (() => void)[] };
    record = fresh;
    heard.set(child, fresh);
    child.stdout?.on('data', (data: Buffer) => {
      fresh.text += data.toString();
      for (const wake of fresh.waiting.splice(0)) wake();
    });
  }
  const { text, waiting } = record;
  if (text.includes(word)) return;
  await new Promise<void>((resolve, reject) => {
    waiting.push(resolve);
    child.once('exit', () => reject(new Error(`the worker process ended before it was ${word}`)));
  });
  await outputOf(child, word);
}
