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
  /** Resident in memory, pages of the program's own files among them. */
  readonly peakMegabytes: number;
  /** Highest that was seen, once every 100 ms, of what is no page of a file. */
  readonly peakAnonymousMegabytes: number;
}

export class WorkerProcess {
  private peakAnonymousKilobytes = 0;
  private readonly sampling: NodeJS.Timeout;

  private constructor(private readonly child: ChildProcess) {
    this.sampling = setInterval(() => this.sample(), 100);
  }

  private sample(): void {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const status = readFileSync(`/proc/${String(this.child.pid)}/status`, 'utf8');
    const anonymous = Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]);
    this.peakAnonymousKilobytes = Math.max(this.peakAnonymousKilobytes, anonymous);
  }

  static async start(env: Readonly<Record<string, string>>): Promise<WorkerProcess> {
    const child = spawn(process.execPath, [cli, 'worker'], {
      // As in the image and as docs/production.md recommends for Linux: one heap for all native threads.
      env: { ...process.env, TRACELIFT_LOG_LEVEL: 'warn', MALLOC_ARENA_MAX: '1', ...env },
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
    return {
      cpuSeconds: ticks / ticksPerSecond,
      peakMegabytes: Math.round(Number(peak) / 1024),
      peakAnonymousMegabytes: Math.round(this.peakAnonymousKilobytes / 1024),
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.sampling);
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}
