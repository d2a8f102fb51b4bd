/** The local Temporal dev server: started when no existing server is named. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Connection } from '@temporalio/client';
import type { Log } from '../log.js';
import { freePorts } from './free-port.js';
import type { Environment } from './program-search.js';
import { startServer, type ServerProcess } from './process-group.js';
import type { TemporalProgram } from './temporal-program.js';

export { findTemporal, type TemporalProgram } from './temporal-program.js';

export interface TemporalStart {
  /** From `findTemporal`. An existing server is used as it is: nothing is started. */
  readonly program: TemporalProgram;
  /** Folder for the SQLite file and the log. */
  readonly dataDir: string;
  readonly log: Log;
  /** Environment of the server. Default: that of this process. */
  readonly env?: Environment;
  /** gRPC port. Default: a free one. */
  readonly port?: number;
  /** Port of the Web UI. Default: a free one. */
  readonly uiPort?: number;
  /** True: no Web UI. Default false. */
  readonly headless?: boolean;
  /** True: history is kept in memory only and lost at the end. Default false. */
  readonly inMemory?: boolean;
  /** Further namespaces beside `default`; the first one becomes the namespace of the answer. */
  readonly namespaces?: readonly string[];
  /** How long the start may take, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface RunningTemporal {
  /** `host:port` of the gRPC frontend. */
  readonly address: string;
  /** Address of the Web UI, or null when there is none or it is not known (an existing server). */
  readonly uiUrl: string | null;
  readonly namespace: string;
  /** True when this process started it. */
  readonly started: boolean;
  /** Leader of the server's process group, or null for an existing server. */
  readonly pid: number | null;
  /** The server's log, or null for an existing server. */
  readonly logFile: string | null;
  /** Ends the server; does nothing to an existing one. */
  readonly stop: () => Promise<void>;
  /** Lets the server outlive this process (`--keep`). */
  readonly leaveRunning: () => void;
}

/** @throws TraceliftError `ServerNotStarted` */
export async function startTemporal(start: TemporalStart): Promise<RunningTemporal> {
  const { program } = start;
  if (program.kind === 'existing') {
    return {
      address: program.address,
      uiUrl: null,
      namespace: program.namespace,
      started: false,
      pid: null,
      logFile: null,
      stop: () => Promise.resolve(),
      leaveRunning: () => undefined,
    };
  }
  const [freeGrpc = 0, freeUi = 0] = await freePorts(2);
  const port = start.port ?? freeGrpc;
  const uiPort = start.headless === true ? null : (start.uiPort ?? freeUi);
  const address = `127.0.0.1:${port}`;
  const namespace = start.namespaces?.[0] ?? 'default';
  const server = await startDevServer(start, program.path, { port, uiPort, address, namespace });
  start.log.debug('Temporal dev server is ready', { address, how: program.how, pid: server.pid });
  return {
    address,
    uiUrl: uiPort === null ? null : `http://127.0.0.1:${uiPort}`,
    namespace,
    started: true,
    pid: server.pid,
    logFile: server.logFile,
    stop: () => server.stop(),
    leaveRunning: server.leaveRunning,
  };
}

interface Listening {
  readonly port: number;
  readonly uiPort: number | null;
  readonly address: string;
  readonly namespace: string;
}

async function startDevServer(start: TemporalStart, path: string, listening: Listening): Promise<ServerProcess> {
  const databaseFile = join(start.dataDir, 'temporal.sqlite');
  mkdirSync(dirname(databaseFile), { recursive: true });
  const args = [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(listening.port)],
    ...(listening.uiPort === null ? ['--headless'] : ['--ui-port', String(listening.uiPort)]),
    ...(start.inMemory === true ? [] : ['--db-filename', databaseFile]),
    ...(start.namespaces ?? []).flatMap((name) => ['--namespace', name]),
    // Without it the CLI would read the user's profile and could mistake it for this server's.
    ...['--disable-config-file', '--disable-config-env', '--log-level', 'warn'],
  ];
  return await startServer(
    {
      name: 'Temporal',
      command: path,
      args,
      logFile: join(start.dataDir, 'temporal.log'),
      ...(start.env === undefined ? {} : { env: start.env }),
    },
    {
      check: () => temporalAnswers(listening.address, listening.namespace),
      timeoutMs: start.timeoutMs ?? 60_000,
      ...(start.signal === undefined ? {} : { signal: start.signal }),
    },
  );
}

/**
 * True when a Temporal server without TLS answers for this namespace: the frontend is up and the namespace is known.
 *
 * @param timeoutMs how long one look may take, default 2,000
 */
export async function temporalAnswers(address: string, namespace: string, timeoutMs = 2_000): Promise<boolean> {
  // One look: a retry of the SDK would begin from a timer, on a channel that is closed by then.
  const connection = Connection.lazy({ address, connectTimeout: timeoutMs, interceptors: [] });
  try {
    await connection.withDeadline(Date.now() + timeoutMs, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    // Not reachable, not ready, not that namespace: the caller asks only whether it can be used now.
    return false;
  } finally {
    await connection.close();
  }
}
