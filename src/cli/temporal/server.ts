/**
 * The Temporal server of a command: the one that TEMPORAL_* names, a local one that already runs for the data folder,
 * or a local one started now.
 */
import { Client, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { join } from 'node:path';
import { cacheDirectory, withFileLock, type Environment } from '../../local/program-search.js';
import { findTemporal, startTemporal, temporalAnswers, type RunningTemporal } from '../../local/temporal-server.js';
import type { Log } from '../../log.js';
import { readServerNote, removeServerNote, writeServerNote } from '../../local/server-note.js';
import { connect } from './connection.js';
import type { TaskQueue } from './pollers.js';
import { makePrivateFolder } from '../../wiring/private-folder.js';
import type { CliSession } from '../session.js';
import type { Notify } from '../terminal/progress.js';

/** `configured`: named by TEMPORAL_*; `local`: another command started it; `ours`: this command started it. */
export type ServerOrigin = 'configured' | 'local' | 'ours';

export interface TemporalServer extends TaskQueue {
  readonly address: string;
  readonly uiUrl: string | null;
  readonly origin: ServerOrigin;
  /** Lets a server that this command started run on. */
  leaveRunning(): void;
}

/** True when the user says which Temporal to use; a profile file that merely exists does not count. */
export function isTemporalConfigured(env: Environment): boolean {
  return ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some((name) => Boolean(env[name]));
}

/** Environment for the search of local programs, with the configured folders in it. */
export function programEnvironment(session: CliSession): Environment {
  const { cacheDir, temporalCliPath } = session.config.programs;
  return {
    ...session.io.env,
    ...(cacheDir === undefined ? {} : { TRACELIFT_CACHE: cacheDir }),
    ...(temporalCliPath === undefined ? {} : { TEMPORAL_CLI_PATH: temporalCliPath }),
  };
}

/** What the search for a program says on the way goes to the user: it may download or build for a while. */
export function programLog(session: CliSession, notify: Notify): Log {
  return { ...session.log, info: (message) => notify(message) };
}

/** A server that answers, started if need be. @throws TemporalUnreachable, DataFolderUnusable, ProgramNotFound, ServerNotStarted */
export async function openTemporal(session: CliSession, notify: Notify): Promise<TemporalServer> {
  const existing = await findRunningTemporal(session);
  if (existing !== null) return existing;
  const { dataDir } = session.config;
  makePrivateFolder(dataDir);
  const server = await withFileLock(join(dataDir, 'temporal', 'start.lock'), session.log, () =>
    startLocalTemporal(session, notify),
  );
  session.onClose(async () => {
    if (!server.isLeft) {
      removeServerNote(dataDir, 'temporal');
      await server.running.stop();
    }
  });
  const { address, namespace, uiUrl } = server.running;
  return await connected(session, {
    ...{ address, namespace, uiUrl, origin: server.running.started ? 'ours' : 'configured' },
    leaveRunning: () => {
      server.isLeft = true;
      server.running.leaveRunning();
    },
  });
}

/** The configured server, or the local one that runs for the data folder; null where there is neither. */
export async function findRunningTemporal(session: CliSession): Promise<TemporalServer | null> {
  if (isTemporalConfigured(session.io.env)) return await connectConfigured(session);
  const note = readServerNote(session.config.dataDir, 'temporal');
  if (note === null || !(await temporalAnswers(note.address, note.namespace ?? 'default'))) return null;
  return await connected(session, {
    ...{ address: note.address, namespace: note.namespace ?? 'default', uiUrl: note.uiUrl, origin: 'local' },
    leaveRunning: () => undefined,
  });
}

interface LocalStart {
  readonly running: RunningTemporal;
  isLeft: boolean;
}

async function startLocalTemporal(session: CliSession, notify: Notify): Promise<LocalStart> {
  const env = programEnvironment(session);
  const { dataDir } = session.config;
  const log = programLog(session, notify);
  const program = await findTemporal({ env, cacheDir: cacheDirectory(env), log });
  const running = await startTemporal({ program, dataDir: join(dataDir, 'temporal'), log, env });
  if (running.started && running.pid !== null) {
    const { address, namespace, uiUrl, pid } = running;
    writeServerNote(dataDir, 'temporal', { pid, address, namespace, uiUrl });
    notify(`Temporal: local server ${address} started (${program.how})${uiUrl === null ? '' : `, Web UI ${uiUrl}`}`);
  }
  return { running, isLeft: false };
}

async function connectConfigured(session: CliSession): Promise<TemporalServer> {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: { ...session.config.temporal.environment },
  });
  const address = connectionOptions.address ?? 'localhost:7233';
  const place = { address, namespace: namespace ?? 'default', uiUrl: null, origin: 'configured' as const };
  return await connected(session, { ...place, leaveRunning: () => undefined }, connectionOptions);
}

async function connected(
  session: CliSession,
  place: Omit<TemporalServer, 'client' | 'taskQueue'>,
  options: ConnectionOptions = {},
): Promise<TemporalServer> {
  await session.loaders.prepareTemporal(session.config, session.temporalLog);
  const { address, namespace } = place;
  const { connection, close } = await connect(address, namespace, options);
  session.onClose(close);
  const client = new Client({ connection, namespace });
  return { ...place, client, taskQueue: session.config.temporal.taskQueue };
}
