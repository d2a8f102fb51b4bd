import { afterEach, describe, expect, it } from 'vitest';
import type { MlflowSourceOptions } from '../../../src/sources/mlflow/mlflow-source.js';
import { TraceliftError } from '../../../src/errors/index.js';
import type { TraceSource } from '../../../src/sources/trace-source.js';
import type { Reply, ScriptedServer } from '../../http/scripted-server.js';
import { connectTo, refusal, startScriptedMlflow } from './scripted-mlflow.js';

let server: ScriptedServer;
let source: TraceSource;

async function answering(reply: Reply, options: Partial<MlflowSourceOptions> = {}): Promise<TraceSource> {
  server = await startScriptedMlflow([], { override: () => reply });
  const credentials = server.address.replace('://', '://someone:address-secret@');
  source = connectTo(`${credentials}/?token=query-secret`, options);
  return source;
}

afterEach(async () => {
  await source.close();
  await server.close();
});

async function failureOf(promise: Promise<unknown>): Promise<TraceliftError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof TraceliftError) return error;
  throw new Error(`expected a TraceliftError, got ${String(error)}`);
}

const text = (status: number, body: string, headers: Record<string, string> = {}): Reply => ({ status, body, headers });

describe('what an operator is told', () => {
  const cases: [string, Reply, string, RegExp][] = [
    ['wrong credentials', text(401, 'You are not authenticated.'), 'SourceUnauthorized', /MLFLOW_TRACKING_USERNAME/],
    [
      'a missing right',
      refusal(403, 'PERMISSION_DENIED', 'secret text'),
      'SourceForbidden',
      /PERMISSION_DENIED.*administrator/,
    ],
    [
      'a name that the server does not allow',
      text(403, 'Invalid Host header - possible DNS rebinding attack detected'),
      'SourceHostRefused',
      /--allowed-hosts "127\.0\.0\.1:\d+"/,
    ],
    ['workspaces that are off', refusal(500, 'FEATURE_DISABLED', 'secret text'), 'SourceFeatureDisabled', /workspace/],
    [
      'a login page in front',
      text(302, '', { Location: 'https://login.example.com/auth?state=secret' }),
      'SourceRedirected',
      /https:\/\/login\.example\.com\/auth\. /,
    ],
    ['a proxy that answers HTML', text(200, '<html>secret</html>'), 'SourceBadAnswer', /no JSON \(text\/html\)/],
    ['too many requests', text(429, '', { 'Retry-After': '30' }), 'SourceRateLimited', /HTTP 429/],
    ['a server that is down', text(503, 'secret text'), 'SourceServerError', /HTTP 503/],
    ['a server that crashes', text(500, '<html>secret</html>'), 'SourceServerError', /log of the MLflow server/],
  ];

  it.each(cases)('of %s is plain, has a next step and no secret', async (_, reply, code, words) => {
    const error = await failureOf((await answering(reply)).listExperiments());
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    expect(error.message).toContain(server.address);
    expect(error.message).not.toMatch(/secret|\{\w+\}/);
  });

  it('the error of a busy server carries the wait that it asked for', async () => {
    const source_ = await answering(text(429, '', { 'Retry-After': '30' }));
    expect(await failureOf(source_.listExperiments())).toMatchObject({ retryAfterMs: 30_000, retryable: true });
  });

  it('the error of a server that is not there names its address and what to check', async () => {
    const source_ = await answering({});
    await server.close();
    const error = await failureOf(source_.describe());
    expect(error.code).toBe('SourceUnreachable');
    expect(error.message).toMatch(/nothing listens on this port/);
    expect(error.message).not.toMatch(/secret/);
  });
});

describe('credentials', () => {
  it.each([
    [{ kind: 'basic', username: 'me', password: 'p:ä' } as const, `Basic ${Buffer.from('me:p:ä').toString('base64')}`],
    [{ kind: 'bearer', token: 'abc' } as const, 'Bearer abc'],
    [{ kind: 'none' } as const, undefined],
  ])('credentials go out as the header that MLflow expects', async (auth, expected) => {
    await (await answering({ body: { experiments: [] } }, { auth, workspace: 'team-a' })).listExperiments();
    expect(server.requests[0]!.headers).toMatchObject({ 'x-mlflow-workspace': 'team-a' });
    expect(server.requests[0]!.headers.authorization).toBe(expected);
    expect(server.requests[0]!.query.toString()).toBe('');
  });
});
