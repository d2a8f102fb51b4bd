import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import type { Dump } from '../contract/dump-tables.js';
import { isAnySearch, isListing, isSpanBatch } from '../fakes/faulty-mlflow.js';
import type { Fault, Injection, Match } from '../fakes/faulty-mlflow.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { expectNothingWrong, failureOf, openFaultBench } from './fault-bench.js';
import type { FaultBench } from './fault-bench.js';

const numTraces = 22;
const html = '<!doctype html><html><title>Service</title><body>Sorry</body></html>';
const htmlHeaders = { 'content-type': 'text/html' };

const answer = (status: number, body: string, headers?: Record<string, string>): Fault => ({
  kind: 'answer',
  status,
  body,
  ...(headers === undefined ? {} : { headers }),
});
const lists = (fault: Fault, ...calls: readonly number[]): Injection => only(isListing, fault, calls);
const reads = (fault: Fault, ...calls: readonly number[]): Injection => only(isSpanBatch, fault, calls);

function only(on: Match, fault: Fault, calls: readonly number[]): Injection {
  return calls.length === 0 ? { on, fault } : { on, fault, when: (nth) => calls.includes(nth) };
}

/** Any answer of a search with this token in it, and searches that bring it start from the beginning. */
function withToken(token: (nth: number) => string): Fault {
  return {
    kind: 'edit',
    request: ({ url, body }) => ({ url, body: body.replace(/,"page_token":"fake[^"]*"/, '') }),
    answer: (body, { nth }) => {
      const value = JSON.parse(body) as Record<string, unknown>;
      return JSON.stringify({ ...value, next_page_token: `fake${token(nth)}` });
    },
  };
}

/** What heals by itself: the tables are those of an undisturbed run. */
const healing: readonly (readonly [string, readonly Injection[]])[] = [
  ['503 on a listing, longer than one call waits', [lists(answer(503, 'busy', htmlHeaders), 2, 3, 4, 5, 6)]],
  ['503 on spans', [reads(answer(503, 'busy', htmlHeaders), 1, 2)]],
  ['500 as HTML on a listing, once', [lists(answer(500, html, htmlHeaders), 2)]],
  [
    '500 as HTML on every listing of the newer search: the older one lists, and traces are looked up by id',
    [{ on: (request) => isListing(request) && request.url.includes('/3.0/'), fault: answer(500, html, htmlHeaders) }],
  ],
  ['500 as HTML on every reading of many traces at once', [reads(answer(500, html, htmlHeaders))]],
  ['a listing that is cut in the middle of its body', [lists({ kind: 'cut' }, 1, 4)]],
  ['spans that are cut in the middle of their body', [reads({ kind: 'cut' }, 1, 3)]],
  ['a listing that never comes', [lists({ kind: 'stall' }, 3)]],
  ['spans that never come', [reads({ kind: 'stall' }, 2)]],
  ['a connection that is reset', [lists({ kind: 'reset' }, 1, 2), reads({ kind: 'reset' }, 1)]],
  ['a connection that is reset more often than one call tries', [lists({ kind: 'reset' }, 2, 3, 4, 5, 6)]],
  ['one empty answer in the middle of the listing', [lists(answer(200, '{}'), 3)]],
  ['two empty answers in a row in the middle of the listing', [lists(answer(200, '{}'), 3, 4)]],
  ['an empty answer to the first question for the oldest trace', [only(isAnySearch, answer(200, '{}'), [1])]],
  ['the same page token in all answers but the last', [repeatedToken()]],
];

/** Every page but the last has the token of the first one. */
function repeatedToken(): Injection {
  const fault: Fault = {
    kind: 'edit',
    answer: (body) => body.replace(/"next_page_token":\s*"[^"]*"/, '"next_page_token": "fake"'),
  };
  return { on: isListing, fault };
}

describeWith(['mlflow', 'temporal'], 'a copy from a server that fails', () => {
  let bench: FaultBench;
  let undisturbed: Dump;

  beforeAll(async () => {
    bench = await openFaultBench(
      { mlflow: mlflowUri(), temporal: temporalAddress() },
      { numTraces, withAssessments: true },
    );
    const target = bench.newTarget();
    const { totals } = await bench.copy(target);
    expect(totals).toMatchObject({ listed: numTraces, landed: numTraces, missing: 0, windows: 3, repaired: 0 });
    undisturbed = await bench.tables(target);
    expect(undisturbed['gold']).toHaveLength(numTraces);
  });

  afterEach(() => bench.proxy.heal());

  afterAll(() => bench.close());

  it.each(healing)('a copy heals after this fault: %s', async (_, injections) => {
    const target = bench.newTarget();
    for (const injection of injections) bench.proxy.inject(injection);
    const { totals } = await bench.copy(target);
    expect(bench.proxy.faulted.length).toBeGreaterThanOrEqual(injections.length);
    expect(totals).toMatchObject({ listed: numTraces, landed: numTraces, missing: 0, deadLettered: 0 });
    expect(await bench.tables(target)).toEqual(undisturbed);
  });

  it.each([
    ['in seconds, short enough to wait in the call', () => '1', 1000],
    ['in seconds, longer than a call waits: Temporal waits instead', () => '6', 6000],
    ['as a date', () => new Date(Date.now() + 3000).toUTCString(), 1000],
  ])(
    'a copy from a server that fails waits as long as a server asks that refuses requests, %s',
    async (_, retryAfter, waitMs) => {
      const target = bench.newTarget();
      bench.proxy.inject({
        on: isListing,
        when: (nth) => nth === 2,
        fault: {
          ...answer(429, '{"error_code": "REQUEST_LIMIT_EXCEEDED"}'),
          // A date counts from the moment of the answer, however long the run takes to get there.
          get headers() {
            return { 'retry-after': retryAfter() };
          },
        },
      });
      await bench.copy(target);
      const listings = bench.proxy.seen.filter(isListing);
      const refused = listings.findIndex(({ atMs }) => atMs === bench.proxy.faulted[0]?.atMs);
      const again = listings.slice(refused + 1).find(({ body }) => body === listings[refused]?.body);
      expect((again?.atMs ?? 0) - (listings[refused]?.atMs ?? 0)).toBeGreaterThanOrEqual(waitMs - 5);
      expect(await bench.tables(target)).toEqual(undisturbed);
    },
  );

  it.each<readonly [string, Injection, RegExp]>([
    [
      'an HTML page with status 200 instead of a listing',
      lists(answer(200, html, htmlHeaders), 3),
      /answered POST \/api\/3\.0\/mlflow\/traces\/search with something unexpected: no JSON \(text\/html\)/,
    ],
    [
      'an HTML page with status 200 instead of spans',
      reads(answer(200, html, htmlHeaders), 2),
      /answered GET \/api\/3\.0\/mlflow\/traces\/batchGet with something unexpected: no JSON \(text\/html\)/,
    ],
    [
      'half a JSON text that claims to be whole',
      lists({ kind: 'edit', answer: (body) => body.slice(0, body.length / 2) }, 2),
      /something unexpected: no JSON \(application\/json\)/,
    ],
    [
      'a page token that never ends and never changes',
      { on: isListing, fault: withToken(() => '') },
      /answered a search for traces with something unexpected: the same page token came back/,
    ],
  ])('a copy from a server that fails ends with a clear error: %s', async (_, injection, text) => {
    const target = bench.newTarget();
    bench.proxy.inject(injection);
    const { code, message } = await failureOf(bench.copy(target));
    expect(code).toBe('SourceBadAnswer');
    expect(message).toMatch(text);
    expect(message).not.toMatch(/[{}]|Sorry/);
    expectNothingWrong(await bench.tables(target), undisturbed);
    bench.proxy.heal();
    await bench.copy(target);
    expect(await bench.tables(target)).toEqual(undisturbed);
  });

  it('a copy from a server that fails ends with a clear error when every page has another token and nothing new', async () => {
    const target = bench.newTarget();
    bench.proxy.inject({ on: isListing, fault: withToken(String) });
    const { code, message } = await failureOf(bench.copy(target, { windowTraces: 100, pageSize: 100 }));
    expect(code).toBe('SourceBadAnswer');
    expect(message).toMatch(/^The MLflow server at source answered a search for traces .*: 101 pages in a row/);
    expectNothingWrong(await bench.tables(target), undisturbed);
  });

  it('a copy from a server that fails takes nothing of an empty answer for granted where there is nothing to commit that would be looked at again', async () => {
    const target = bench.newTarget();
    const half = Date.parse('2026-01-01T00:00:11Z');
    await bench.copy(target, { to: half });
    for (const rows of [11, 0]) {
      // Twice: the second look of the source itself is deceived as well.
      bench.proxy.inject(lists(answer(200, '{}'), 1, 2));
      const { totals } = await bench.copy(target, { from: half });
      expect(totals).toMatchObject({ listed: numTraces - 11, inserted: rows, missing: 0 });
      bench.proxy.heal();
    }
    expect(await bench.tables(target)).toEqual(undisturbed);
  });

  it('a copy from a server that fails concludes nothing from a source that suddenly lists nothing, deletes nothing, and goes on later', async () => {
    const target = bench.newTarget();
    await bench.copy(target);
    bench.proxy.inject({ on: isAnySearch, fault: answer(200, '{}') });
    bench.proxy.inject({ on: ({ url }) => url.endsWith('/traces/metrics'), fault: answer(200, '{"data_points": []}') });
    const { code, message } = await failureOf(bench.copy(target));
    expect(code).toBe('WindowsSuspicious');
    expect(message).toMatch(
      /^The source shows far less than the tables hold, in 1 windows: \[2026-01-01T00:00:00\.000Z, /,
    );
    expect(await bench.tables(target)).toEqual(undisturbed);
    const { ledger } = { ledger: await (await bench.warehouse(target)).ledger({ limit: 1 }) };
    expect(ledger[0]).toMatchObject({ state: 'suspicious', extra: 0 });
    bench.proxy.heal();
    expect((await bench.copy(target)).totals).toMatchObject({ listed: numTraces, inserted: 0, updated: 0 });
    expect(await bench.tables(target)).toEqual(undisturbed);
  });
});

describeWith(['mlflow', 'temporal'], 'a copy of more traces of one millisecond than a page holds', () => {
  let bench: FaultBench;

  beforeAll(async () => {
    bench = await openFaultBench({ mlflow: mlflowUri(), temporal: temporalAddress() }, { numTraces: 12, spacingMs: 0 });
  });

  afterEach(() => bench.proxy.heal());

  afterAll(() => bench.close());

  it('a copy of more traces of one millisecond than a page holds follows the tokens, and ends with a clear error when one of them comes back', async () => {
    const target = bench.newTarget();
    let token = '';
    bench.proxy.inject({
      on: isListing,
      fault: {
        kind: 'edit',
        answer: (body) =>
          body.replace(
            /("next_page_token": ?)"([^"]*)"/,
            (_, name: string, next: string) => `${name}"${(token ||= next)}"`,
          ),
      },
    });
    const { code, message } = await failureOf(bench.copy(target));
    expect(code).toBe('SourceBadAnswer');
    expect(message).toContain('the same page token came back');
    bench.proxy.heal();
    expect((await bench.copy(target)).totals).toMatchObject({ listed: 12, landed: 12, missing: 0 });
    expect((await bench.tables(target))['gold']).toHaveLength(12);
  });
});
