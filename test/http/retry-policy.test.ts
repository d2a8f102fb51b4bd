import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attempt, defaultRetryPolicy, nextDelayMs, parseRetryAfterMs } from '../../src/http/retry-policy.js';

const answered = (status: number, retryAfterMs?: number): Attempt => ({ kind: 'answer', status, retryAfterMs });
const noAnswer: Attempt = { kind: 'no-answer' };

describe('the retry policy', () => {
  it('the retry policy tries again after answers that mean "later", and after no answer at all', () => {
    for (const attempt of [noAnswer, ...[408, 429, 500, 502, 503, 504].map((status) => answered(status))]) {
      expect(nextDelayMs(defaultRetryPolicy, attempt, 1, 0, 0.5)).toBeGreaterThan(0);
    }
  });

  it('the retry policy takes every other answer as it is', () => {
    for (const status of [200, 301, 400, 401, 403, 404, 501]) {
      expect(nextDelayMs(defaultRetryPolicy, answered(status), 1, 0, 0.5)).toBeNull();
    }
  });

  it('the retry policy gives up a 500 earlier than an overloaded server', () => {
    expect(nextDelayMs(defaultRetryPolicy, answered(500), 2, 0, 0.5)).toBeNull();
    expect(nextDelayMs(defaultRetryPolicy, answered(503), 2, 0, 0.5)).not.toBeNull();
  });

  it('the retry policy waits at least as long as the server asks, and ends the call when that is too long to wait here', () => {
    expect(nextDelayMs(defaultRetryPolicy, answered(429, 3_000), 1, 0, 0)).toBe(3_000);
    expect(nextDelayMs(defaultRetryPolicy, answered(429, 60_000), 1, 0, 0)).toBeNull();
  });

  it('the retry policy never waits longer than its limits, and always comes to an end', () => {
    const status = fc.constantFrom(408, 429, 500, 502, 503, 504);
    const chances = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(status, chances, fc.nat(30_000), (code, chance, asked) => {
        let elapsedMs = 0;
        let numAttempts = 1;
        for (; numAttempts < 20; numAttempts++) {
          const delayMs = nextDelayMs(
            defaultRetryPolicy,
            answered(code, asked),
            numAttempts,
            elapsedMs,
            chance[numAttempts]!,
          );
          if (delayMs === null) break;
          expect(delayMs).toBeLessThanOrEqual(defaultRetryPolicy.maxDelayMs);
          elapsedMs += delayMs;
        }
        expect(numAttempts).toBeLessThanOrEqual(defaultRetryPolicy.maxAttempts);
        expect(elapsedMs).toBeLessThanOrEqual(defaultRetryPolicy.budgetMs);
      }),
    );
  });
});

describe('a Retry-After header', () => {
  const nowMs = Date.UTC(2026, 0, 1);

  it('a Retry-After header is read as seconds or as a date', () => {
    expect(parseRetryAfterMs('2', nowMs)).toBe(2_000);
    expect(parseRetryAfterMs('0.5', nowMs)).toBe(500);
    expect(parseRetryAfterMs('Thu, 01 Jan 2026 00:00:30 GMT', nowMs)).toBe(30_000);
  });

  it('a Retry-After header means no wait when its date has passed, and nothing when it is absent or strange', () => {
    expect(parseRetryAfterMs('Wed, 31 Dec 2025 23:00:00 GMT', nowMs)).toBe(0);
    expect(parseRetryAfterMs(undefined, nowMs)).toBeUndefined();
    expect(parseRetryAfterMs('soon', nowMs)).toBeUndefined();
  });
});
