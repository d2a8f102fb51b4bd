/**
 * A real MLflow with its user management (`mlflow[auth]`, `--app-name basic-auth`) in an environment of its own: users
 * may do nothing but what they are granted. Started per test file, since few tests need it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/local/free-port.js';
import { mlflowAnswers } from '../../src/local/mlflow-server.js';
import { cacheDirectory } from '../../src/local/program-search.js';
import { startServer } from '../../src/local/process-group.js';
import { ensurePythonEnvironment } from '../../src/local/python-environment.js';
import { silentLog } from '../../src/log.js';
import { mlflowRequest } from './mlflow-api.js';
import { defaultMlflowVersion } from '../../src/local/mlflow-program.js';

export interface Account {
  readonly username: string;
  readonly password: string;
}

export interface AuthMlflow {
  readonly uri: string;
  readonly admin: Account;
  /** Makes a user without any right. */
  addUser(username: string): Promise<Account>;
  /** Gives a right on one experiment, or takes it away. */
  grant(account: Account, experimentId: string, permission: 'READ' | 'NO_PERMISSIONS'): Promise<void>;
  stop(): Promise<void>;
}

/** HTTP basic authentication (RFC 7617). */
export function basicAuth({ username, password }: Account): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** @returns the server, or why it cannot be had here */
export async function startAuthMlflow(): Promise<AuthMlflow | string> {
  const constraints = { file: fileURLToPath(new URL('../../src/local/mlflow-constraints.txt', import.meta.url)) };
  const environment = await ensurePythonEnvironment(
    { name: 'mlflow[auth]', version: defaultMlflowVersion, constraints },
    { env: process.env, cacheDir: cacheDirectory(process.env), log: silentLog },
  );
  if (typeof environment === 'string') return environment;
  const folder = mkdtempSync(join(tmpdir(), 'tracelift-auth-'));
  const admin = { username: 'admin', password: 'only-for-this-test-1' };
  const port = await freePort();
  const uri = `http://127.0.0.1:${String(port)}`;
  const server = await startServer(
    {
      name: 'MLflow with users',
      command: join(environment.folder, 'bin', 'mlflow'),
      args: [
        ...['server', '--app-name', 'basic-auth', '--workers', '1', '--host', '127.0.0.1', '--port', String(port)],
        ...['--backend-store-uri', `sqlite:///${join(folder, 'mlflow.sqlite')}`],
        ...['--artifacts-destination', join(folder, 'artifacts')],
      ],
      env: {
        ...process.env,
        MLFLOW_AUTH_CONFIG_PATH: settingsFile(folder, admin),
        MLFLOW_FLASK_SERVER_SECRET_KEY: 'only-for-this-test',
        MLFLOW_DISABLE_TELEMETRY: 'true',
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
        MLFLOW_TRACKING_URI: undefined,
      },
      cwd: folder,
      logFile: join(folder, 'mlflow.log'),
    },
    { check: () => mlflowAnswers(uri), timeoutMs: 180_000 },
  );
  const asAdmin = (path: string, body: Record<string, string>): Promise<unknown> =>
    mlflowRequest(uri, 'POST', path, body, basicAuth(admin));
  return {
    uri,
    admin,
    async addUser(username) {
      const account = { username, password: `${username}-only-for-this-test` };
      await asAdmin('/api/2.0/mlflow/users/create', account);
      return account;
    },
    async grant({ username }, experimentId, permission) {
      const resource = { username, resource_type: 'experiment', resource_id: experimentId };
      await asAdmin('/api/3.0/mlflow/users/permissions/grant', { ...resource, permission });
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function settingsFile(folder: string, admin: Account): string {
  const path = join(folder, 'auth.ini');
  const settings = {
    default_permission: 'NO_PERMISSIONS',
    database_uri: `sqlite:///${join(folder, 'users.sqlite')}`,
    admin_username: admin.username,
    admin_password: admin.password,
    authorization_function: 'mlflow.server.auth:authenticate_request_basic_auth',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(path, ['[mlflow]', ...lines, ''].join('\n'));
  return path;
}
