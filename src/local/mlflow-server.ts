/**
 * The local MLflow server of the demo and the tests. It is no
 * client of MLflow beyond "is it up" and "make your demo data".
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../log.js';
import { freePort } from './free-port.js';
import type { MlflowProgram } from './mlflow-program.js';
import type { Environment } from './program-search.js';
import { startServer } from './process-group.js';

export { findMlflow, type MlflowProgram } from './mlflow-program.js';

export interface MlflowStart {
  /** From `findMlflow`. An existing server is used as it is: nothing is started. */
  readonly program: MlflowProgram;
  /** Folder for the SQLite file, the artifacts and the log; what is in it is used again. */
  readonly dataDir: string;
  readonly log: Log;
  /** Environment of the server, beside the settings made here; usually that of this process. */
  readonly env: Environment;
  /** Default: a free one. */
  readonly port?: number;
  /** Where the server keeps its data: an SQLite file, or files as MLflow 2 does unless told otherwise. Default sqlite. */
  readonly store?: 'sqlite' | 'files';
  /** `--static-prefix`, with a leading slash; the address then ends with it. Default none. */
  readonly staticPrefix?: string;
  /** How long the start may take, in milliseconds. Default 180,000: the first one migrates its database. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface RunningMlflow {
  /** Address for `MLFLOW_TRACKING_URI`. */
  readonly uri: string;
  /** True when this process started it. */
  readonly started: boolean;
  /** True for the recorded server: say so to the user. */
  readonly recorded: boolean;
  /** MLflow's version where it is known from the program, otherwise null. */
  readonly version: string | null;
  /** SQLite file of the server that was started, otherwise null. */
  readonly databaseFile: string | null;
  readonly logFile: string | null;
  /** Leader of the server's process group, or null where there is none of ours. */
  readonly pid: number | null;
  /** Ends the server and all its processes; does nothing to an existing one. */
  readonly stop: () => Promise<void>;
  /** Lets the server outlive this process (`--keep`); the recorded server cannot. */
  readonly leaveRunning: () => void;
}

const notOurs = { databaseFile: null, pid: null, logFile: null, version: null, leaveRunning: () => undefined } as const;

/** @throws TraceliftError `ServerNotStarted` */
export async function startMlflow(start: MlflowStart): Promise<RunningMlflow> {
  const { program } = start;
  switch (program.kind) {
    case 'existing':
      return { ...notOurs, uri: program.uri, started: false, recorded: false, stop: () => Promise.resolve() };
    case 'recorded':
      return await startRecordedServer(start, program.tried);
    case 'environment':
      return await startEnvironment(start, program);
  }
}

async function startRecordedServer(start: MlflowStart, tried: string): Promise<RunningMlflow> {
  start.log.warn('MLflow itself is not at hand; a small server with recorded answers stands in', { tried });
  // Loaded only here: its recording is half a megabyte.
  const { startRecordedMlflow } = await import('./recorded-mlflow/recorded-mlflow.js');
  const server = await startRecordedMlflow(start.port === undefined ? {} : { port: start.port });
  return { ...notOurs, uri: server.address, started: true, recorded: true, stop: () => server.close() };
}

async function startEnvironment(
  start: MlflowStart,
  program: Extract<MlflowProgram, { kind: 'environment' }>,
): Promise<RunningMlflow> {
  const port = start.port ?? (await freePort());
  const uri = `http://127.0.0.1:${port}${start.staticPrefix ?? ''}`;
  const databaseFile = start.store === 'files' ? null : join(start.dataDir, 'mlflow.sqlite');
  mkdirSync(start.dataDir, { recursive: true });
  const server = await startServer(
    {
      name: 'MLflow',
      command: program.path,
      args: serverArguments(start, databaseFile, port),
      env: { ...start.env, ...serverSettings },
      cwd: start.dataDir,
      logFile: join(start.dataDir, 'mlflow.log'),
    },
    {
      check: () => mlflowAnswers(uri),
      timeoutMs: start.timeoutMs ?? 180_000,
      ...(start.signal === undefined ? {} : { signal: start.signal }),
    },
  );
  start.log.debug('MLflow is ready', { uri, how: program.how, pid: server.pid });
  return {
    uri,
    started: true,
    recorded: false,
    version: program.version,
    databaseFile,
    logFile: server.logFile,
    pid: server.pid,
    stop: () => server.stop(),
    leaveRunning: server.leaveRunning,
  };
}

const serverSettings = {
  MLFLOW_DISABLE_TELEMETRY: 'true',
  // Background jobs (scheduled judges) are not used here and cost eight processes.
  MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
  // The server's own calls to itself must not go to somebody else's server.
  MLFLOW_TRACKING_URI: undefined,
  PYTHONUNBUFFERED: '1',
};

/** https://mlflow.org/docs/latest/self-hosting/architecture/tracking-server; the flags are equal from 2.22 to 3.17. */
function serverArguments(start: MlflowStart, databaseFile: string | null, port: number): string[] {
  const { dataDir, staticPrefix } = start;
  return [
    'server',
    ...['--backend-store-uri', databaseFile === null ? join(dataDir, 'mlruns') : `sqlite:///${databaseFile}`],
    ...['--artifacts-destination', join(dataDir, 'artifacts')],
    ...['--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
    ...(staticPrefix === undefined ? [] : ['--static-prefix', staticPrefix]),
  ];
}

/** True when the server at that address says that it is healthy. Older ones say so beside their static prefix. */
export async function mlflowAnswers(uri: string, timeoutMs = 2_000): Promise<boolean> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(`${uri.replace(/\/+$/, '')}/health`, { signal });
    return answer.ok || (await fetch(new URL('/health', uri), { signal })).ok;
  } catch {
    // Not up yet, or not there: the caller asks only whether it can be used now.
    return false;
  }
}
