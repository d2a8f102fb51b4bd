import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  catchupWindowMs,
  jitterMs,
  overlapPolicy,
  pauseOnFailure,
  planSchedules,
  scheduleKind,
  scheduleRemarks,
  type ScheduleFacts,
  type ScheduleOrder,
} from '../../../../src/cli/commands/schedule/plan.js';
import { coverageEndMs, unionIntervals } from '../../../../src/copy/prepare/coverage.js';
import { syncRange } from '../../../../src/copy/prepare/rules.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const order: ScheduleOrder = {
  target: 'local',
  source: 'default',
  idPart: 'local-1a2b3c4d/default-5e6f7a8b',
  formerIdPart: 'local/default',
  asked: { sourceId: 'mlflow:5000', targetId: '0123456789abcdef' },
  experimentId: '7',
  experimentName: 'support-bot',
  increments: { everyMs: 15 * minute, offsetMs: 0, lookbackMs: 2 * hour },
  refresh: { everyMs: day, offsetMs: 3 * hour, horizonMs: 30 * day },
  concurrency: null,
  monitor: true,
};

const facts: ScheduleFacts = {
  nowMs: Date.UTC(2026, 5, 1),
  earliestTraceMs: Date.UTC(2025, 0, 1),
  lagMs: 5 * minute,
  hasTables: true,
};

const texts = (part: Partial<ScheduleOrder>, known: Partial<ScheduleFacts> = {}): string[] =>
  scheduleRemarks({ ...order, ...part }, { ...facts, ...known }).map(({ level, text }) => `${level}: ${text}`);

describe('the plan of schedules', () => {
  it('the plan of schedules has increments and a refresh of the same workflow, which differ in rhythm and lookback', () => {
    expect(planSchedules(order)).toEqual([
      {
        id: 'tracelift/sync/local-1a2b3c4d/default-5e6f7a8b/7',
        formerId: 'tracelift/sync/local/default/7',
        kind: 'sync',
        everyMs: 15 * minute,
        offsetMs: 0,
        jitterMs: 45_000,
        catchupWindowMs: 15 * minute,
        lookbackMs: 2 * hour,
        input: { experiment: '7', lookbackMs: 2 * hour, source: 'default', target: 'local', ...order.asked },
        summary: 'sync of support-bot',
      },
      {
        id: 'tracelift/refresh/local-1a2b3c4d/default-5e6f7a8b/7',
        formerId: 'tracelift/refresh/local/default/7',
        kind: 'refresh',
        everyMs: day,
        offsetMs: 3 * hour,
        jitterMs: 10 * minute,
        catchupWindowMs: hour,
        lookbackMs: 30 * day,
        input: { experiment: '7', lookbackMs: 30 * day, source: 'default', target: 'local', ...order.asked },
        summary: 'refresh of support-bot',
      },
    ]);
  });

  it('the plan of schedules has only what was asked for', () => {
    expect(planSchedules({ ...order, refresh: null }).map(({ kind }) => kind)).toEqual(['sync']);
    expect(planSchedules({ ...order, increments: null }).map(({ kind }) => kind)).toEqual(['refresh']);
  });

  it('the plan of schedules passes concurrency and the monitor switch on only where they were set', () => {
    const [sync] = planSchedules({ ...order, concurrency: 2, monitor: false });
    expect(sync?.input).toMatchObject({ concurrency: 2, monitor: false });
  });

  it('the plan of schedules keeps ids of ours apart from those of others', () => {
    expect(planSchedules(order).map(({ id, kind }) => scheduleKind(id) === kind)).toEqual([true, true]);
    for (const id of [
      'nightly',
      'tracelift/backfill/local/default/7',
      'tracelift/sync/local',
      'x/tracelift/sync/a/b/c',
    ]) {
      expect(scheduleKind(id)).toBeNull();
    }
  });

  it('the plan of schedules delays by a small share of any interval and makes up for at most one run, within the hour', () => {
    fc.assert(
      fc.property(fc.integer({ min: minute, max: 60 * day }), (everyMs) => {
        expect(jitterMs(everyMs)).toBeLessThanOrEqual(Math.min(10 * minute, everyMs / 10));
        expect(catchupWindowMs(everyMs)).toBeLessThanOrEqual(Math.max(minute, everyMs));
        expect(catchupWindowMs(everyMs)).toBeLessThanOrEqual(hour);
        // Temporal refuses windows under ten seconds.
        expect(catchupWindowMs(everyMs)).toBeGreaterThanOrEqual(10_000);
      }),
    );
  });
});

describe('what the settings rest on', () => {
  it('skipping runs while one is under way, with outages and failures, leaves no hole in the coverage', () => {
    expect({ overlapPolicy, pauseOnFailure }).toEqual({ overlapPolicy: 'SKIP', pauseOnFailure: false });
    const run = fc.record({
      takesIntervals: fc.integer({ min: 0, max: 5 }),
      fails: fc.boolean(),
      missed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 40 }), fc.integer({ min: 0, max: 4 * hour }), (runs, lookbackMs) => {
        const verified = [{ fromMs: 0, toMs: hour, passed: true }];
        let busyUntil = 0;
        for (const [index, { takesIntervals, fails, missed }] of runs.entries()) {
          if (missed || index < busyUntil) continue;
          busyUntil = index + takesIntervals;
          const scheduledMs = 2 * hour + index * 15 * minute;
          const range = syncRange({ scheduledMs, lookbackMs, lagMs: minute, coverageEndMs: coverageEndMs(verified) });
          if (!fails) verified.push({ ...range, passed: true });
        }
        expect(unionIntervals(verified)).toHaveLength(1);
      }),
    );
  });
});

describe('remarks on an order', () => {
  it('there are no remarks on an order of schedules where everything fits', () => {
    expect(texts({})).toEqual([]);
  });

  it('remarks on an order say that a horizon longer than the history is fine', () => {
    const [remark, ...others] = texts({}, { earliestTraceMs: facts.nowMs - 3 * day });
    expect(remark).toMatch(/^note: The horizon is longer than the history \(oldest trace 2026-05-29/);
    expect(others).toEqual([]);
  });

  it('remarks on an order warn about a lookback or a horizon that is shorter than its interval', () => {
    const increments = { everyMs: 3 * hour, offsetMs: 0, lookbackMs: hour };
    expect(texts({ increments })).toEqual([
      expect.stringMatching(/^warning: The lookback is shorter than the interval/),
    ]);
    const refresh = { everyMs: 60 * day, offsetMs: 0, horizonMs: 30 * day };
    expect(texts({ refresh })).toEqual([expect.stringMatching(/^warning: The horizon is shorter than the interval/)]);
  });

  it('remarks on an order warn about a refresh that sees no more than the sync, and about a lookback within the lag', () => {
    const refresh = { everyMs: hour, offsetMs: 0, horizonMs: 2 * hour };
    expect(texts({ refresh })).toEqual([
      expect.stringMatching(/^warning: The horizon is not longer than the lookback/),
    ]);
    const increments = { everyMs: minute, offsetMs: 0, lookbackMs: 2 * minute };
    expect(texts({ increments })).toEqual([expect.stringMatching(/^warning: .*not longer than the lag of 5 min/)]);
  });

  it('remarks on an order name the backfill where nothing is copied yet, and an experiment without traces', () => {
    expect(texts({}, { hasTables: false })).toEqual([expect.stringContaining('tracelift backfill --experiment 7')]);
    expect(texts({}, { earliestTraceMs: null })).toEqual([
      expect.stringMatching(/^note: The experiment has no traces/),
    ]);
  });
});
