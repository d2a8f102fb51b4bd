/**
 * The Temporal server of a command: the one that TEMPORAL_* names, a local one that already runs for the data folder,
 * or a local one started now.
 */
import { Client, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Environment } from '../../local/program-search.js';
import { connect } from './connection.js';
import { LocalTemporal } from './local-server.js';
import type { TaskQueue } from './pollers.js';
import { loadDataConverter } from '../../wiring/payload-codec.js';
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
  /** Waits until no other command works with a server that this one started. */
  othersDone(): Promise<void>;
  /** From now on they are not waited for: one of them takes the server over. */
  handOver(): void;
  /** From now on a local server that ends is started again. @param onRestart called then; of later calls it is ignored */
  keepAlive(onRestart: () => Promise<void>): void;
  /** Why a local server that ended is not started again; null while it runs or will. */
  failure(): unknown;
}

/** True when the user says which Temporal to use; a profile file that merely exists does not count. */
export function isTemporalConfigured(env: Environment): boolean {
  return ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some((name) => Boolean(env[name]));
}

/** A server that answers, started if need be. @throws TemporalUnreachable, DataFolderUnusable, ProgramNotFound, ServerNotStarted */
export async function openTemporal(session: CliSession, notify: Notify): Promise<TemporalServer> {
  if (isTemporalConfigured(session.io.env)) return await connectConfigured(session);
  makePrivateFolder(session.config.dataDir);
  const local = await LocalTemporal.open(session, notify);
  session.onClose(() => local.end());
  return await connectedLocal(session, local);
}

/** The configured server, or the local one that runs for the data folder; null where there is neither. */
export async function findRunningTemporal(session: CliSession): Promise<TemporalServer | null> {
  if (isTemporalConfigured(session.io.env)) return await connectConfigured(session);
  const local = await LocalTemporal.find(session);
  if (local === null) return null;
  session.onClose(() => local.end());
  return await connectedLocal(session, local);
}

function connectedLocal(session: CliSession, local: LocalTemporal): Promise<TemporalServer> {
  return connected(session, {
    ...local.place,
    origin: local.isOurs ? 'ours' : 'local',
    leaveRunning: () => local.leaveRunning(),
    othersDone: () => local.othersDone(),
    handOver: () => local.handOver(),
    keepAlive: (onRestart) => local.keepAlive(onRestart),
    failure: () => local.failure,
  });
}

/** A server of somebody else is neither left nor waited for. */
const nothingOfOurs = {
  leaveRunning: () => undefined,
  othersDone: () => Promise.resolve(),
  handOver: () => undefined,
  keepAlive: () => undefined,
  failure: () => null,
} as const;

async function connectConfigured(session: CliSession): Promise<TemporalServer> {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: { ...session.config.temporal.environment },
  });
  const address = connectionOptions.address ?? 'localhost:7233';
  const place = { address, namespace: namespace ?? 'default', uiUrl: null, origin: 'configured' as const };
  return await connected(session, { ...place, ...nothingOfOurs }, connectionOptions);
}

async function connected(
  session: CliSession,
  place: Omit<TemporalServer, 'client' | 'taskQueue'>,
  options: ConnectionOptions = {},
): Promise<TemporalServer> {
  await session.loaders.prepareTemporal(session.config, session.temporalLog);
  const { address, namespace } = place;
  const dataConverter = await loadDataConverter(session.config);
  const { connection, close } = await connect(address, namespace, options);
  session.onClose(close);
  const client = new Client({ connection, namespace, ...(dataConverter === undefined ? {} : { dataConverter }) });
  return { ...place, client, taskQueue: session.config.temporal.taskQueue };
}
