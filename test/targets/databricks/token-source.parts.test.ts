import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { workspaceAddress } from '../../../src/targets/databricks/connection.js';
import { createDatabricksRest } from '../../../src/targets/databricks/rest-client.js';
import { createTokenSource } from '../../../src/targets/databricks/token-source.js';
import { apiError } from '../../fakes/databricks/http.js';
import { startFakeWorkspace, type StartedWorkspace } from '../../fakes/databricks/start.js';

const minuteMs = 60_000;

describe('tokens of a workspace', () => {
  let started: StartedWorkspace;
  beforeEach(async () => (started = await startFakeWorkspace()));
  afterEach(() => started.stop());

  it('tokens of a workspace takes the host as people paste it', () => {
    for (const host of [
      'a.example.com',
      'https://a.example.com',
      'https://a.example.com/',
      ' HTTPS://a.example.com/sql ',
    ]) {
      expect(workspaceAddress(host)).toEqual({ host: 'a.example.com', port: 443, url: 'https://a.example.com' });
    }
  });

  it('tokens of a workspace asks once for a token that many callers need, and again only before it ends', async () => {
    let now = 0;
    const tokens = createTokenSource(started.options('oauth'), () => now);
    expect(new Set(await Promise.all([tokens.token(), tokens.token(), tokens.token()]))).toEqual(new Set(['oauth-1']));
    now = 54 * minuteMs;
    expect(await tokens.token()).toBe('oauth-1');
    now = 55 * minuteMs;
    expect(await tokens.token()).toBe('oauth-2');
    tokens.close();
  });

  it('tokens of a workspace renews a short-lived token after half of its life', async () => {
    let now = 0;
    started.workspace.tokens.expiresInSeconds = 60;
    const tokens = createTokenSource(started.options('oauth'), () => now);
    await tokens.token();
    now = 29_000;
    expect(await tokens.token()).toBe('oauth-1');
    now = 31_000;
    expect(await tokens.token()).toBe('oauth-2');
    tokens.close();
  });

  it('tokens of a workspace goes on with a new token when the old one ends in the middle of a run', async () => {
    const tokens = createTokenSource(started.options('oauth'));
    const rest = createDatabricksRest(started.options('oauth'), tokens);
    const request = { method: 'GET', path: '/api/2.1/unity-catalog/catalogs/main', doing: 'a test' } as const;
    expect((await rest.send(request)).isOk).toBe(true);
    started.workspace.tokens.expireAll();
    expect((await rest.send(request)).isOk).toBe(true);
    expect(started.workspace.tokens.numIssued).toBe(2);
  });

  it('tokens of a workspace says that a personal token is not accepted, without showing it', async () => {
    const options = { ...started.options(), credentials: { kind: 'token', token: 'dapi-secret' } as const };
    const rest = createDatabricksRest(options, createTokenSource(options));
    const failure = await rest
      .send({ method: 'GET', path: '/api/2.1/unity-catalog/catalogs/main', doing: 'x' })
      .catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: 'WarehouseUnauthorized' });
    expect(String(failure)).not.toContain('dapi-secret');
  });

  it('tokens of a workspace says that the secret of a service principal is not accepted, without showing it', async () => {
    const options = {
      ...started.options(),
      credentials: { kind: 'oauth', clientId: 'me', clientSecret: 'hush-hush' } as const,
    };
    const failure = await createTokenSource(options)
      .token()
      .catch((e: unknown) => e);
    expect(failure).toMatchObject({ code: 'WarehouseUnauthorized', parameters: { reason: 'invalid_client' } });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('hush-hush');
  });

  it('tokens of a workspace keeps apart a refused right and a refused token', async () => {
    started.workspace.fail({
      on: /catalogs\/main/,
      answer: apiError(403, 'PERMISSION_DENIED', "User does not have USE CATALOG on Catalog 'main'."),
    });
    const options = started.options('oauth');
    const rest = createDatabricksRest(options, createTokenSource(options));
    await expect(
      rest.sendOk({ method: 'GET', path: '/api/2.1/unity-catalog/catalogs/main', doing: 'reading the catalog' }),
    ).rejects.toMatchObject({ code: 'WarehouseGrantMissing' });
    expect(started.workspace.tokens.numIssued).toBe(1);
  });

  it('tokens of a workspace hands a long Retry-After on to whoever can wait', async () => {
    started.workspace.fail({
      on: /catalogs/,
      times: 9,
      answer: { ...apiError(429, 'REQUEST_LIMIT_EXCEEDED', 'slow down'), headers: { 'Retry-After': '120' } },
    });
    const options = started.options();
    const rest = createDatabricksRest(options, createTokenSource(options));
    await expect(
      rest.send({ method: 'GET', path: '/api/2.1/unity-catalog/catalogs/main', doing: 'x' }),
    ).rejects.toMatchObject({ code: 'WarehouseUnreachable', retryAfterMs: 120_000 });
  });

  it('tokens of a workspace refuses a server whose certificate it does not know', async () => {
    const { host, credentials, log } = started.options();
    const options = { host, credentials, log };
    const rest = createDatabricksRest(options, createTokenSource(options));
    await expect(rest.send({ method: 'GET', path: '/', doing: 'x' })).rejects.toMatchObject({
      code: 'WarehouseCertificate',
    });
  });
});
