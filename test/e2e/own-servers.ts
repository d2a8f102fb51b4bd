/** A Temporal server with its SQLite file and an MLflow server that a test may kill and start again, on the same ports. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '../../src/local/free-port.js';
import { signalGroup } from '../../src/local/group-signals.js';
import { findMlflow, startMlflow } from '../../src/local/mlflow-server.js';
import type { MlflowProgram } from '../../src/local/mlflow-server.js';
import { cacheDirectory } from '../../src/local/program-search.js';
import { findTemporal, startTemporal } from '../../src/local/temporal-server.js';
import type { TemporalProgram } from '../../src/local/temporal-server.js';
import { silentLog } from '../../src/log.js';

interface Killable {
  readonly pid: number | null;
  stop(): Promise<void>;
}

/** One server: what it takes to start it, and the one that runs. */
class OwnServer {
  private running: Killable | null = null;

  constructor(private readonly launch: () => Promise<Killable>) {}

  async start(): Promise<void> {
    this.running = await this.launch();
  }

  /** SIGKILL to the whole group: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    const { running } = this;
    this.running = null;
    if (running === null) return;
    if (running.pid !== null) signalGroup(running.pid, 'SIGKILL');
    await running.stop();
  }
}

export interface OwnServers {
  readonly temporal: OwnServer;
  readonly mlflow: OwnServer;
  readonly temporalAddress: string;
  readonly mlflowUri: string;
  /** To be called while Temporal is down: it begins with nothing. */
  loseTemporalDatabase(): Promise<void>;
  close(): Promise<void>;
}

/** Null with the reason where this machine only has servers that belong to somebody else. */
export async function openOwnServers(): Promise<OwnServers | { readonly missing: string }> {
  const search = { env: process.env, cacheDir: cacheDirectory(process.env), log: silentLog };
  const [temporalProgram, mlflowProgram] = await Promise.all([findTemporal(search), findMlflow(search)]);
  if (temporalProgram.kind !== 'executable' || mlflowProgram.kind !== 'environment') {
    return { missing: 'the Temporal and MLflow at hand run already, and killing them is not for a test' };
  }
  return openWith(temporalProgram, mlflowProgram);
}

async function openWith(temporalProgram: TemporalProgram, mlflowProgram: MlflowProgram): Promise<OwnServers> {
  const folder = await mkdtemp(join(tmpdir(), 'tracelift-own-servers-'));
  const temporalDir = join(folder, 'temporal');
  const [temporalPort = 0, mlflowPort = 0] = await freePorts(2);
  const temporal = new OwnServer(() =>
    startTemporal({
      program: temporalProgram,
      dataDir: temporalDir,
      port: temporalPort,
      headless: true,
      log: silentLog,
    }),
  );
  const mlflow = new OwnServer(() =>
    startMlflow({
      ...{ program: mlflowProgram, dataDir: join(folder, 'mlflow'), port: mlflowPort },
      ...{ log: silentLog, env: process.env },
    }),
  );
  await Promise.all([temporal.start(), mlflow.start()]);
  return {
    temporal,
    mlflow,
    temporalAddress: `127.0.0.1:${String(temporalPort)}`,
    mlflowUri: `http://127.0.0.1:${String(mlflowPort)}`,
    loseTemporalDatabase: () => rm(temporalDir, { recursive: true }),
    async close() {
      await Promise.all([temporal.kill(), mlflow.kill()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
