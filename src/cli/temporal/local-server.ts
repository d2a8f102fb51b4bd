/**
 * The local Temporal server of a data folder, which several commands share: the first one starts it, and it ends with the
 * last one. Where it ends all the same (its command was killed, its process died), the next one starts it again at the
 * same address, and the runs in its database go on.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isPortFree } from '../../local/free-port.js';
import { cacheDirectory, withFileLock } from '../../local/program-search.js';
import {
  otherServerUsers,
  readLastServerNote,
  readServerNote,
  registerServerUser,
  removeServerNote,
  writeServerNote,
  type LocalServerNote,
} from '../../local/server-note.js';
import { findTemporal, startTemporal, temporalAnswers, type RunningTemporal } from '../../local/temporal-server.js';
import type { Notify } from '../terminal/progress.js';
import type { CliSession } from '../session.js';
import { programEnvironment, programLog } from './program.js';

const name = 'temporal';
const pollMs = 500;
/** A server that cannot be started again so often in a row is given up. */
const maxRestarts = 3;

/** Where a local server listens. */
export interface LocalPlace {
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string | null;
}

export class LocalTemporal {
  #running: RunningTemporal | null = null;
  #isLeft = false;
  #isHandedOver = false;
  #failure: unknown = null;
  #watch: NodeJS.Timeout | undefined;
  #isWatching = false;
  #restarting: Promise<unknown> = Promise.resolve();
  readonly #forget: () => void;

  private constructor(
    private readonly session: CliSession,
    private readonly notify: Notify,
    readonly place: LocalPlace,
    running: RunningTemporal | null,
  ) {
    this.#running = running;
    this.#forget = registerServerUser(session.config.dataDir, name);
  }

  /** The server that runs for the data folder, or one started now. @throws ProgramNotFound, ServerNotStarted */
  static open(session: CliSession, notify: Notify): Promise<LocalTemporal> {
    return locked(session, async () => {
      const note = await answeringNote(session);
      if (note !== null) return new LocalTemporal(session, notify, placeOf(note), null);
      const running = await start(session, notify, readLastServerNote(session.config.dataDir, name));
      const { address, namespace, uiUrl } = running;
      return new LocalTemporal(session, notify, { address, namespace, uiUrl }, running);
    });
  }

  /** The server that runs for the data folder, for a command that only asks; null where there is none. */
  static async find(session: CliSession): Promise<LocalTemporal | null> {
    if (readServerNote(session.config.dataDir, name) === null) return null;
    return await locked(session, async () => {
      const note = await answeringNote(session);
      return note === null ? null : new LocalTemporal(session, () => undefined, placeOf(note), null);
    });
  }

  /** True where this command started the server, or started it again. */
  get isOurs(): boolean {
    return this.#running?.started === true;
  }

  /** Why the server is given up; null while there is hope. */
  get failure(): unknown {
    return this.#failure;
  }

  leaveRunning(): void {
    this.#isLeft = true;
    this.#running?.leaveRunning();
  }

  /** From now on a server that ends is started again. @param onRestart called then; of later calls it is ignored */
  keepAlive(onRestart: () => Promise<void>): void {
    if (this.#watch !== undefined) return;
    let failures = 0;
    this.#watch = setInterval(() => {
      this.#yieldOwnership();
      if (this.#isWatching || readServerNote(this.session.config.dataDir, name) !== null) return;
      this.#isWatching = true;
      this.#restarting = this.#restart(onRestart)
        .then(() => (failures = 0))
        .catch((error: unknown) => {
          failures += 1;
          if (failures >= maxRestarts) this.#failure = error;
        })
        .finally(() => (this.#isWatching = false));
    }, pollMs).unref();
  }

  /** Whoever else works with the server takes it over: nobody is waited for. */
  handOver(): void {
    this.#isHandedOver = true;
  }

  /** Waits until no other command works with the server that this one started. */
  async othersDone(): Promise<void> {
    const { dataDir } = this.session.config;
    let isTold = false;
    while (this.isOurs && !this.#isLeft && !this.#isHandedOver && readServerNote(dataDir, name) !== null) {
      this.#yieldOwnership();
      const [other] = otherServerUsers(dataDir, name);
      if (other === undefined) return;
      if (!isTold)
        this.notify(`Done. The local Temporal server stays until process ${other} has ended; Ctrl-C hands it over.`);
      isTold = true;
      await pause(pollMs);
    }
  }

  /** Ends the server where this command started it, unless it is to run on. */
  async end(): Promise<void> {
    clearInterval(this.#watch);
    this.#forget();
    // A server that is being started at this moment is ours to end.
    await this.#restarting;
    const running = this.#running;
    if (running === null || this.#isLeft) return;
    await locked(this.session, async () => {
      removeServerNote(this.session.config.dataDir, name);
      await running.stop();
    });
  }

  /** The server that runs may be one that another command started when ours had ended: it is theirs to end. */
  #yieldOwnership(): void {
    const note = readServerNote(this.session.config.dataDir, name);
    if (note !== null && this.#running !== null && note.pid !== this.#running.pid) this.#running = null;
  }

  async #restart(onRestart: () => Promise<void>): Promise<void> {
    const isRestarted = await locked(this.session, async () => {
      // Another command was faster.
      if (readServerNote(this.session.config.dataDir, name) !== null) return false;
      this.notify('The local Temporal server has ended: this command starts it again and goes on.');
      this.#running = await start(this.session, this.notify, { ...this.place, pid: process.pid });
      return true;
    });
    if (isRestarted) await onRestart();
  }
}

function locked<Result>(session: CliSession, work: () => Promise<Result>): Promise<Result> {
  return withFileLock(join(session.config.dataDir, name, 'start.lock'), session.log, work);
}

async function answeringNote(session: CliSession): Promise<LocalServerNote | null> {
  const note = readServerNote(session.config.dataDir, name);
  return note !== null && (await temporalAnswers(note.address, note.namespace ?? 'default')) ? note : null;
}

function placeOf({ address, namespace, uiUrl }: LocalServerNote): LocalPlace {
  return { address, namespace: namespace ?? 'default', uiUrl };
}

/** Where the last one listened, if those ports are free: whoever waits for it finds it again. */
async function start(session: CliSession, notify: Notify, last: LocalServerNote | null): Promise<RunningTemporal> {
  const env = programEnvironment(session);
  const { dataDir } = session.config;
  const log = programLog(session, notify);
  const program = await findTemporal({ env, cacheDir: cacheDirectory(env), log });
  const ports = await portsOf(last);
  const running = await startTemporal({ program, dataDir: join(dataDir, name), log, env, ...ports });
  if (running.started && running.pid !== null) {
    const { address, namespace, uiUrl, pid } = running;
    writeServerNote(dataDir, name, { pid, address, namespace, uiUrl });
    notify(`Temporal: local server ${address} started (${program.how})${uiUrl === null ? '' : `, Web UI ${uiUrl}`}`);
  }
  return running;
}

async function portsOf(last: LocalServerNote | null): Promise<{ port?: number; uiPort?: number }> {
  if (last === null) return {};
  const port = Number(last.address.split(':').at(-1));
  const uiPort = last.uiUrl === null ? NaN : Number(new URL(last.uiUrl).port);
  const areFree = (await isPortFree(port)) && (await isPortFree(uiPort));
  return areFree ? { port, uiPort } : {};
}
