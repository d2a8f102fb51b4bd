/**
 * Starts a server in a process group of its own and ends the whole group, whatever becomes of this process.
 * Knows no particular server.
 *
 * A group, not a child: `mlflow server` leaves its workers and job runners alive when only the parent is killed.
 * A guard beside it: a shell that waits for the end of a pipe that this process holds open. The pipe ends with this
 * process, also after SIGKILL, and the guard then ends the group.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TraceliftError } from '../errors/index.js';
import { groupIsAlive, signalGroup } from './group-signals.js';
import { lastLines } from './log-tail.js';
import type { Environment } from './program-search.js';

/** What to run. */
export interface ServerCommand {
  /** How messages call it, for example `MLflow`. */
  readonly name: string;
  /** Executable: a path, or a name that is found on the PATH of `env`. */
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the server. Default: it inherits that of this process. */
  readonly env?: Environment;
  readonly cwd?: string;
  /** File that gets everything the server prints; appended to, its folder is made. */
  readonly logFile: string;
  /** Time between the request to end (SIGTERM) and SIGKILL, in milliseconds. Default 5,000. */
  readonly graceMs?: number;
}

/** When a started server counts as ready. */
export interface Readiness {
  /** One quick look; false or a rejection means "not yet". It should give up by itself within seconds. */
  readonly check: () => Promise<boolean>;
  /** After this long, in milliseconds, the start has failed. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A running server and its whole group. */
export interface ServerProcess {
  readonly name: string;
  /** Process id of the leader, which is also the id of the group. */
  readonly pid: number;
  readonly logFile: string;
  /** True until the leader has ended. */
  readonly running: () => boolean;
  /** Ends the group: SIGTERM, after `graceMs` (default: that of the command) SIGKILL. Returns when no process of it is left. */
  readonly stop: (graceMs?: number) => Promise<void>;
  /** Lets the server outlive this process: nothing ends it any more but its user. */
  readonly leaveRunning: () => void;
}

const defaultGraceMs = 5_000;
const pollMs = 50;

/** Waits for the end of its input; then TERM, up to $2 seconds, KILL. A line `release` lets it go without harm. */
const guardScript = `
read -r word && exit 0
kill -s TERM -- "-$1" 2>/dev/null || exit 0
left=$2
while [ "$left" -gt 0 ] && kill -s 0 -- "-$1" 2>/dev/null; do sleep 1; left=$((left - 1)); done
kill -s KILL -- "-$1" 2>/dev/null
exit 0`;

/** Groups that this process must end; the leader's pid is the key. */
const liveGroups = new Map<number, ServerProcess>();

/**
 * Starts a server and returns once it is ready.
 *
 * @throws TraceliftError `ServerNotStarted` when it ends, cannot be run or is not ready in time, with its last lines;
 *   nothing is left running then.
 */
export async function startServer(command: ServerCommand, readiness: Readiness): Promise<ServerProcess> {
  mkdirSync(dirname(command.logFile), { recursive: true });
  const child = spawnLeader(command);
  const failure = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it could not be run (${error.message})`));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code ?? 'unknown'}`}`));
  });
  const pid = child.pid;
  if (pid === undefined) throw notStarted(command, await failure);
  const server = superviseGroup(command, child, pid);
  const problem = await waitUntilReady(readiness, failure);
  if (problem === null) return server;
  await server.stop();
  throw notStarted(command, problem);
}

function spawnLeader(command: ServerCommand): ChildProcess {
  const log = openSync(command.logFile, 'a');
  try {
    return spawn(command.command, [...command.args], {
      detached: true,
      stdio: ['ignore', log, log],
      ...(command.env === undefined ? {} : { env: { ...command.env } }),
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    });
  } finally {
    closeSync(log);
  }
}

function notStarted(command: ServerCommand, reason: string): TraceliftError {
  return new TraceliftError('ServerNotStarted', {
    server: command.name,
    reason,
    lines: lastLines(command.logFile, 12),
    logFile: command.logFile,
  });
}

/** Null when ready, otherwise what went wrong. */
async function waitUntilReady(readiness: Readiness, failure: Promise<string>): Promise<string | null> {
  const deadline = Date.now() + readiness.timeoutMs;
  while (Date.now() < deadline) {
    if (readiness.signal?.aborted === true) return 'its start was cancelled';
    const look = readiness.check().catch(() => false);
    const outcome = await Promise.race([look, failure]);
    if (outcome === true) return null;
    if (typeof outcome === 'string') return outcome;
    await Promise.race([pause(pollMs), failure]);
  }
  return `it was not ready within ${Math.round(readiness.timeoutMs / 1000)} s`;
}

function superviseGroup(command: ServerCommand, child: ChildProcess, pid: number): ServerProcess {
  const commandGraceMs = command.graceMs ?? defaultGraceMs;
  const guard = startGuard(pid, commandGraceMs);
  let ending: Promise<void> | undefined;
  const forget = (): void => {
    liveGroups.delete(pid);
    guard.release();
  };
  const server: ServerProcess = {
    name: command.name,
    pid,
    logFile: command.logFile,
    running: () => child.exitCode === null && child.signalCode === null,
    stop: (graceMs = commandGraceMs) => (ending ??= endGroup(pid, graceMs).finally(forget)),
    leaveRunning: forget,
  };
  liveGroups.set(pid, server);
  // A leader that dies by itself leaves its group behind. After leaveRunning the group is no longer ours.
  child.once('exit', () => {
    if (liveGroups.has(pid)) void server.stop();
  });
  child.unref();
  installHooks();
  return server;
}

function startGuard(group: number, graceMs: number): { release: () => void } {
  const seconds = String(Math.ceil(graceMs / 1000));
  const guard = spawn('/bin/sh', ['-c', guardScript, 'tracelift-guard', String(group), seconds], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  const input = guard.stdin;
  // A guard that is already gone cannot be written to; there is nothing left to release then.
  input.on('error', () => undefined);
  (input as unknown as { unref?: () => void }).unref?.();
  return { release: () => input.end('release\n') };
}

async function endGroup(group: number, graceMs: number): Promise<void> {
  signalGroup(group, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (groupIsAlive(group) && Date.now() < deadline) await pause(pollMs);
  while (groupIsAlive(group)) {
    signalGroup(group, 'SIGKILL');
    await pause(pollMs);
  }
}

/** Ends every group that this process started and did not leave running. */
export async function stopAllServers(): Promise<void> {
  await Promise.all([...liveGroups.values()].map((server) => server.stop()));
}

let hooksInstalled = false;

function installHooks(): void {
  if (hooksInstalled) return;
  hooksInstalled = true;
  // Only synchronous work is possible here; the guards see the end of their pipes and finish it.
  process.on('exit', () => {
    for (const group of liveGroups.keys()) signalGroup(group, 'SIGTERM');
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const onSignal = (): void => {
      // Another listener (a worker that shuts down in order, a command) decides about the end of this process.
      if (process.listenerCount(signal) > 1) return;
      void stopAllServers().finally(() => {
        process.off(signal, onSignal);
        process.kill(process.pid, signal);
      });
    };
    process.on(signal, onSignal);
  }
}
