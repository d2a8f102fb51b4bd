import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMlflowSource } from '../../src/sources/mlflow/mlflow-source.js';
import { silentLog } from '../../src/log.js';
import type { Experiment } from '../../src/sources/trace-source.js';

describe('a server that speaks TLS', () => {
  let server: Server;
  let address: string;
  let caPem: string;

  beforeAll(async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
    caPem = cert;
    server = createServer({ key, cert }, (_, response) => {
      response.setHeader('Content-Type', 'application/json').end('{"experiments":[]}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const list = async (tls: { caPem?: string; insecure?: boolean }): Promise<Experiment[]> => {
    const source = createMlflowSource({ address, auth: { kind: 'none' }, tls, log: silentLog });
    try {
      return await source.listExperiments();
    } finally {
      await source.close();
    }
  };

  it('a server that speaks TLS is refused while its certificate comes from nobody known, and the answer says what to set', async () => {
    await expect(list({})).rejects.toMatchObject({ code: 'SourceCertificate', retryable: false });
    await expect(list({})).rejects.toThrow(/Set the certificate authority/);
  });

  it('a server that speaks TLS is read with its certificate authority, or when certificates are not to be checked', async () => {
    expect(await list({ caPem })).toStrictEqual([]);
    expect(await list({ insecure: true })).toStrictEqual([]);
  });
});
