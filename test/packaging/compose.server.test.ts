/** The commands of docker-compose.yml, run with the real programs outside containers. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePorts } from '../../src/local/free-port.js';
import { findMlflow, mlflowAnswers } from '../../src/local/mlflow-server.js';
import { cacheDirectory } from '../../src/local/program-search.js';
import { startServer, stopAllServers } from '../../src/local/process-group.js';
import { temporalAnswers } from '../../src/local/temporal-server.js';
import { silentLog } from '../../src/log.js';
import { describeWith, temporalCliPath } from '../servers/require.js';
import { service, withReplaced } from './compose-file.js';

const run = promisify(execFile);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelift-compose-'));
});
afterEach(async () => {
  await stopAllServers();
  rmSync(folder, { recursive: true, force: true });
});

describeWith(['temporal'], 'the Temporal service of docker-compose.yml', () => {
  it('the Temporal service of docker-compose.yml starts by its command and is found healthy by its health check', async ({
    skip,
  }) => {
    const cli = temporalCliPath();
    if (cli === null) return skip('the Temporal server is one that runs elsewhere: its command line tool is not known');
    const [port = 0, uiPort = 0] = await freePorts(2);
    const { command = [], healthcheck } = service('temporal');
    const args = withReplaced(command, { '/home/temporal/temporal.sqlite': join(folder, 'temporal.sqlite') });
    await startServer(
      {
        name: 'Temporal',
        command: cli,
        args: [...args, '--port', String(port), '--ui-port', String(uiPort)],
        logFile: join(folder, 'temporal.log'),
      },
      { check: () => temporalAnswers(`127.0.0.1:${port}`, 'default'), timeoutMs: 120_000 },
    );
    const [, , ...check] = withReplaced(healthcheck?.test ?? [], { '127.0.0.1:7233': `127.0.0.1:${port}` });
    const { stdout } = await run(cli, check);
    expect(stdout).toContain('SERVING');
  });
});

describeWith(['mlflow'], 'the MLflow service of docker-compose.yml', () => {
  it('the MLflow service of docker-compose.yml starts by its command, and answers to the host names that the worker and a browser use, only', async ({
    skip,
  }) => {
    const program = await findMlflow({ env: process.env, cacheDir: cacheDirectory(process.env), log: silentLog });
    if (program.kind !== 'environment') return skip(`MLflow is not installed here: ${program.how}`);
    const [port = 0] = await freePorts(1);
    const { command = [], environment = {} } = service('mlflow');
    const args = withReplaced(command, {
      'sqlite:////data/mlflow.sqlite': `sqlite:///${join(folder, 'mlflow.sqlite')}`,
      '/data/artifacts': join(folder, 'artifacts'),
      '0.0.0.0': '127.0.0.1',
      '5000': String(port),
    });
    await startServer(
      {
        name: 'MLflow',
        command: program.path,
        args,
        cwd: folder,
        env: { ...process.env, ...environment, MLFLOW_DISABLE_TELEMETRY: 'true' },
        logFile: join(folder, 'mlflow.log'),
      },
      { check: () => mlflowAnswers(`http://127.0.0.1:${port}`), timeoutMs: 180_000 },
    );
    expect(await statusFor(port, 'mlflow:5000')).toBe(200);
    expect(await statusFor(port, 'localhost:5000')).toBe(200);
    expect(await statusFor(port, '127.0.0.1:5050')).toBe(200);
    expect(await statusFor(port, 'elsewhere.example:5000')).toBe(403);
  }, 300_000);
});

/** Status of a small API call under another host name; fetch would not send it. */
function statusFor(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = '/api/2.0/mlflow/experiments/get?experiment_id=0';
    request({ host: '127.0.0.1', port, path, headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });
}
