/** A `tracelift worker` as a child process whose CPU time and peak memory can be read (Linux: /proc). */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
/** USER_HZ, fixed at 100 on Linux (man 5 proc_pid_stat). */
const ticksPerSecond = 100;

export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

export class WorkerProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async start(env: Readonly<Record<string, string>>): Promise<WorkerProcess> {
    const child = spawn(process.execPath, [cli, 'worker'], {
      env: { ...process.env, TRACELIFT_LOG_LEVEL: 'warn', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const chunks: string[] = [];
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (data: Buffer) => {
        chunks.push(data.toString());
        if (chunks.join('').includes('polls the task queue')) resolve();
      });
      child.once('exit', () => reject(new Error(`the worker ended: ${chunks.join('')}`)));
    });
    return new WorkerProcess(child);
  }

  /** CPU since its start; highest resident size since its start. */
  usage(): ProcessUsage {
    const pid = String(this.child.pid);
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const ticks = Number(fields[11]) + Number(fields[12]);
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return { cpuSeconds: ticks / ticksPerSecond, peakMegabytes: Math.round(Number(peak) / 1024) };
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}
