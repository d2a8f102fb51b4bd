/**
 * Starts open-source Spark with Delta as a SQL server for the tests (HiveThriftServer2), and ends it with all its
 * descendants. Imports Node and the parts beside it only.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sparkParts, type SparkParts } from './spark-parts.js';

export interface SparkServer {
  /** Port on 127.0.0.1 that speaks Thrift over plain TCP. */
  readonly port: number;
  /** Process group of the server. */
  readonly pid: number;
  /** Log of the JVM. */
  readonly logFile: string;
  /** Ends at once, as a power cut would. */
  kill(): Promise<void>;
  /** Ends in an orderly way, within 15 s. */
  stop(): Promise<void>;
}

/**
 * The shell ends Spark when its standard input closes: that is how it is stopped, and why a killed test run leaves no
 * JVM behind. `3` carries the input, because background jobs of a shell read from /dev/null.
 */
const guard = 'exec 3<&0; "$@" </dev/null & java=$!; (cat <&3 >/dev/null; kill $java) & wait $java';

/**
 * Starts a server on the databases of `folder` (a restart on the same folder sees the same tables) and waits until it
 * takes connections. The binary transport is used because, unlike HTTP, it honours its bind address.
 */
export async function startSpark(folder: string, load: SparkLoad = 'tests'): Promise<SparkServer> {
  const parts = await sparkParts();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'log4j2.properties'), logProperties);
  const port = await freePort();
  const logFile = join(folder, 'spark.log');
  const child = spawn('sh', ['-c', guard, 'sh', ...sparkCommand(parts, folder, port, load)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, SPARK_HOME: parts.sparkHome, SPARK_LOCAL_IP: '127.0.0.1' },
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const exited = once(child, 'exit');
  let isOver = false;
  void exited.then(() => (isOver = true));
  const pid = child.pid;
  if (pid === undefined) throw new Error('Spark could not be started');

  const kill = async (): Promise<void> => {
    killGroup(pid);
    await exited;
  };
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await Promise.race([exited, pause(15_000, undefined, { ref: false })]);
    await kill();
  };
  const server = { port, pid, logFile, kill, stop };
  try {
    await untilListening(port, () => isOver);
  } catch (error) {
    await server.kill();
    const tail = (await readFile(logFile, 'utf8')).slice(-3_000);
    throw new Error(`Spark did not start; the end of its log:\n${tail}`, { cause: error });
  }
  return server;
}

/** What a server is started for: `tests` have tiny data, `data` has many rows. */
export type SparkLoad = 'tests' | 'data';

const loads: Readonly<Record<SparkLoad, Readonly<Record<string, string>>>> = {
  // With tiny data the time goes into planning, compiling and starting tasks.
  tests: {
    'spark.sql.shuffle.partitions': '1',
    'spark.sql.adaptive.enabled': 'false',
    'spark.sql.codegen.wholeStage': 'false',
    'spark.sql.codegen.factoryMode': 'NO_CODEGEN',
    'spark.sql.sources.parallelPartitionDiscovery.parallelism': '1',
  },
  data: { 'spark.sql.shuffle.partitions': '4' },
};

/** Spark says several lines per task at its usual level. */
const logProperties = [
  'rootLogger.level = warn',
  'rootLogger.appenderRef.stderr.ref = console',
  'appender.console.type = Console',
  'appender.console.name = console',
  'appender.console.target = SYSTEM_ERR',
  'appender.console.layout.type = PatternLayout',
  'appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex',
].join('\n');

/** Options of the run described by the Spark and Delta documentation, small enough for a test machine. */
function sparkCommand(parts: SparkParts, folder: string, port: number, load: SparkLoad): string[] {
  const conf: Record<string, string> = {
    'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
    'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.warehouse.dir': join(folder, 'warehouse'),
    'spark.databricks.delta.snapshotPartitions': '1',
    ...loads[load],
    'spark.ui.enabled': 'false',
    'spark.local.dir': join(folder, 'local'),
  };
  const hive: Record<string, string> = {
    'hive.server2.transport.mode': 'binary',
    'hive.server2.thrift.bind.host': '127.0.0.1',
    'hive.server2.thrift.port': String(port),
    'hive.server2.authentication': 'NOSASL',
    'hive.server2.enable.doAs': 'false',
    'javax.jdo.option.ConnectionURL': `jdbc:derby:;databaseName=${join(folder, 'metastore_db')};create=true`,
  };
  const javaOptions = [
    '-Duser.timezone=UTC',
    '-XX:+UseSerialGC',
    // Spark makes classes all the time; at the default size each few thousand cost a full collection.
    '-XX:MetaspaceSize=512m',
    `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`,
    `-Dderby.stream.error.file=${join(folder, 'derby.log')}`,
  ];
  return [
    join(parts.sparkHome, 'bin', 'spark-submit'),
    ...['--class', 'org.apache.spark.sql.hive.thriftserver.HiveThriftServer2'],
    ...['--master', 'local[2]', '--driver-memory', '2g'],
    ...['--driver-class-path', join(parts.jarsFolder, '*')],
    ...['--driver-java-options', javaOptions.join(' ')],
    ...Object.entries(conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
    'spark-internal',
    ...Object.entries(hive).flatMap(([key, value]) => ['--hiveconf', `${key}=${value}`]),
  ];
}

/** Waits until the port takes a connection; at most two minutes, and never longer than the process lives. */
async function untilListening(port: number, isOver: () => boolean): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    if (isOver()) throw new Error('the process ended');
    if (Date.now() > deadline) throw new Error('it took no connection within 120 s');
    if (await takesConnection(port)) return;
    await pause(100);
  }
}

function takesConnection(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
