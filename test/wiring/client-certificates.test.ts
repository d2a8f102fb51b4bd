/** Servers that demand a certificate of the client, reached by the variables of the MLflow client. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { silentLog } from '../../src/log.js';
import type { Experiment } from '../../src/sources/trace-source.js';
import { createRuntime } from '../../src/wiring/index.js';

interface Pair {
  readonly key: string;
  readonly cert: string;
}

describe('an MLflow server that demands a client certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracelift-certificates-'));
  const servers: Server[] = [];
  let own: Pair;
  let stranger: Pair;

  const pair = async (commonName: string): Promise<Pair> => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: commonName }]);
    return { key, cert };
  };
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  beforeAll(async () => {
    own = await pair('localhost');
    stranger = await pair('stranger');
    file('ca.pem', own.cert);
    file('client.pem', `${own.cert}\n${own.key}`);
  });
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(folder, { recursive: true });
  });

  const experiments = '{"experiments":[]}';

  /** Address of a server; `page` makes its answer as nginx does, which lets every handshake pass. */
  const start = async (options: ServerOptions, page?: string): Promise<string> => {
    const demanding = { ...own, ca: [own.cert], requestCert: true, rejectUnauthorized: page === undefined };
    const server = createServer({ ...demanding, ...options }, ({ socket }, response) => {
      const shown = socket instanceof TLSSocket ? socket.getPeerCertificate().subject : undefined;
      const isAccepted = page === undefined || shown?.CN === 'localhost';
      response.writeHead(isAccepted ? 200 : 400, { 'Content-Type': isAccepted ? 'application/json' : 'text/html' });
      response.end(isAccepted ? experiments : page);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  };

  /** Lists experiments as a process with this environment does; the server's authority is always known. */
  const list = async (address: string, env: Readonly<Record<string, string>>): Promise<Experiment[]> => {
    const ca = { MLFLOW_TRACKING_SERVER_CERT_PATH: join(folder, 'ca.pem') };
    const runtime = createRuntime(loadConfig({ env: { MLFLOW_TRACKING_URI: address, ...ca, ...env }, cwd: folder }), {
      log: silentLog,
    });
    try {
      return await (await runtime.source(null)).source.listExperiments();
    } finally {
      await runtime.close();
    }
  };

  describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (maxVersion) => {
    it('an MLflow server that demands a certificate is read with MLFLOW_TRACKING_CLIENT_CERT_PATH, a path that starts from the working directory', async () => {
      expect(await list(await start({ maxVersion }), { MLFLOW_TRACKING_CLIENT_CERT_PATH: 'client.pem' })).toEqual([]);
    });

    it('an MLflow server that demands a certificate says that it wants a certificate when there is none, and what to set', async () => {
      const refused = list(await start({ maxVersion }), {});
      await expect(refused).rejects.toMatchObject({ code: 'SourceClientCertificate', retryable: false });
      await expect(refused).rejects.toThrow(/client certificate.*MLFLOW_TRACKING_CLIENT_CERT_PATH/s);
    });
  });

  it('behind nginx says the same by a page of its own', async () => {
    const none = await start({}, '<title>400 No required SSL certificate was sent</title>');
    await expect(list(none, {})).rejects.toMatchObject({ code: 'SourceClientCertificate' });
    expect(await list(none, { MLFLOW_TRACKING_CLIENT_CERT_PATH: 'client.pem' })).toEqual([]);
    file('stranger.pem', `${stranger.cert}\n${stranger.key}`);
    const wrong = await start({}, '<title>400 The SSL certificate error</title>');
    const refused = list(wrong, { MLFLOW_TRACKING_CLIENT_CERT_PATH: 'stranger.pem' });
    await expect(refused).rejects.toThrow(/does not accept the client certificate/);
  });

  it('an MLflow server that demands a client certificate may have a certificate of its own that nobody checks, with MLFLOW_TRACKING_INSECURE_TLS', async () => {
    const env = {
      MLFLOW_TRACKING_SERVER_CERT_PATH: '',
      MLFLOW_TRACKING_INSECURE_TLS: 'true',
      MLFLOW_TRACKING_CLIENT_CERT_PATH: 'client.pem',
    };
    expect(await list(await start({}), env)).toEqual([]);
  });

  it.each([
    ['no file', 'missing.pem', () => null, 'missing.pem cannot be read (ENOENT)'],
    ['no certificate', 'key.pem', () => own.key, 'key.pem holds no certificate in PEM form'],
    ['no key', 'cert.pem', () => own.cert, 'cert.pem holds no private key; put it into the same file'],
    ['another key', 'mixed.pem', () => `${own.cert}\n${stranger.key}`, 'do not belong together'],
  ])(
    'an MLflow server that demands a client certificate is not called with %s, and the setting is named',
    async (_, name, content, problem) => {
      const text = content();
      if (text !== null) file(name, text);
      const failure = await list('https://localhost:1', { MLFLOW_TRACKING_CLIENT_CERT_PATH: name }).catch(
        (e: unknown) => e,
      );
      expect(failure).toMatchObject({ code: 'ConfigInvalid' });
      expect(String(failure)).toContain('sources.default.clientCertFile');
      expect(String(failure)).toContain(problem);
      expect(String(failure)).not.toContain('BEGIN');
    },
  );
});
