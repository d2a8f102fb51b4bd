/** Contract: lookups and dead letters. */
import { describe, expect } from 'vitest';
import { deadLetter, defaultObservedAtMs, landedTrace } from './staged-traces.js';
import type { ContractTest, Harness } from './warehouse-harness.js';

const second = (n: number): number => Date.UTC(2026, 0, 2, 0, 0, n);
const minutesMs = 60_000;

export function lookupSuite(harness: Harness, test: ContractTest): void {
  describe('lookups', () => {
    test('500 ids are looked up at once, and unknown ones are left out', async () => {
      const experimentId = harness.newExperiment();
      const ids = Array.from({ length: 500 }, (_, index) => `tr-${String(index).padStart(3, '0')}`);
      const odd = ids.filter((_, index) => index % 2 === 1);
      await harness.commit(...odd.map((traceId) => landedTrace({ experimentId, traceId, spans: 1 })));
      const scope = { sourceId: 'mlflow', experimentId };
      const landed = await harness.warehouse.landed(scope, [...ids, "o'clock", '"; DROP TABLE x; --']);
      expect(landed.map(({ traceId }) => traceId).sort()).toEqual(odd);
      expect(await harness.warehouse.landed(scope, [])).toEqual([]);
      expect(await harness.warehouse.landed({ ...scope, sourceId: 'another' }, ids)).toEqual([]);
      const raw = await harness.warehouse.readRaw(scope, ids);
      expect(raw.map(({ trace_id }) => trace_id).sort()).toEqual(odd);
    });

    test('a landed trace shows what decides about reading it again', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(landedTrace({ experimentId, executionTimeMs: null, spanState: 'partial', startTimeMs: 42 }));
      expect(await harness.warehouse.landed({ sourceId: 'mlflow', experimentId }, ['tr-1'])).toEqual([
        {
          traceId: 'tr-1',
          sourceHash: 'hash-1',
          spanState: 'partial',
          startTimeMs: 42,
          executionTimeMs: null,
          observedAtMs: defaultObservedAtMs,
          numSpans: 2,
          numAssessments: 0,
          isDeletedAtSource: false,
        },
      ]);
    });

    test('listed versions are compared: only those that differ come back, the others are counted', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(
        landedTrace({ experimentId, traceId: 'same' }),
        landedTrace({ experimentId, traceId: 'changed' }),
        landedTrace({ experimentId, traceId: 'growing', spanState: 'partial' }),
        landedTrace({ experimentId, traceId: 'failed-again' }),
        landedTrace({ experimentId, traceId: 'not listed' }),
      );
      await harness.commit(
        deadLetter({ experimentId, traceId: 'failed' }),
        deadLetter({ experimentId, traceId: 'failed-again', observedAtMs: defaultObservedAtMs + 1 }),
      );
      const scope = { sourceId: 'mlflow', experimentId };
      const odd = [`o'clock`, '"; DROP TABLE x; --', 'line\nfeed', 'lone \ud83d', '☃'];
      const ids = ['same', 'changed', 'growing', 'failed', 'failed-again', ...odd];
      const versions = new Map(ids.map((traceId) => [traceId, traceId === 'changed' ? 'hash-2' : 'hash-1']));
      const { differing, numSame } = await harness.warehouse.compare(scope, versions);
      expect(numSame).toBe(1);
      const byId = new Map(differing.map((one) => [one.traceId, one]));
      expect([...byId.keys()].sort()).toEqual(ids.slice(1).sort());
      expect(byId.get('changed')).toEqual({
        traceId: 'changed',
        landed: (await harness.warehouse.landed(scope, ['changed']))[0],
        deadLetter: null,
      });
      expect(byId.get('growing')).toMatchObject({ landed: { spanState: 'partial', numSpans: 2 }, deadLetter: null });
      const [failure] = await harness.warehouse.openDeadLetters(scope, ['failed']);
      expect(byId.get('failed')).toEqual({ traceId: 'failed', landed: null, deadLetter: failure });
      expect(byId.get('failed-again')).toMatchObject({
        landed: { sourceHash: 'hash-1' },
        deadLetter: { traceId: 'failed-again', sourceHash: 'hash-1' },
      });
      for (const id of odd) expect(byId.get(id)).toEqual({ traceId: id, landed: null, deadLetter: null });
      const elsewhere = await harness.warehouse.compare(
        { ...scope, sourceId: 'another' },
        new Map([['same', 'hash-1']]),
      );
      expect(elsewhere).toMatchObject({ differing: [{ traceId: 'same', landed: null }], numSame: 0 });
      expect(await harness.warehouse.compare(scope, new Map())).toEqual({ differing: [], numSame: 0 });
    });

    test('spans are summed over the traces that start in a stretch, without those that the source no longer has', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(
        landedTrace({ experimentId, traceId: 'before', startTimeMs: 999, spans: 5 }),
        landedTrace({ experimentId, traceId: 'first', startTimeMs: 1000, spans: 2 }),
        landedTrace({ experimentId, traceId: 'last', startTimeMs: 1999, spans: 3 }),
        landedTrace({ experimentId, traceId: 'never read', startTimeMs: 1500, spanState: 'unknown' }),
        landedTrace({ experimentId, traceId: 'deleted', startTimeMs: 1500, spans: 7 }),
        landedTrace({ experimentId, traceId: 'behind', startTimeMs: 2000, spans: 11 }),
      );
      const scope = { sourceId: 'mlflow', experimentId };
      await harness.warehouse.markDeleted(scope, ['deleted'], defaultObservedAtMs + 1000);
      expect(await harness.warehouse.sumSpans(scope, 1000, 2000)).toEqual({ traces: 3, spans: 5 });
      expect(await harness.warehouse.sumSpans(scope, 3000, 4000)).toEqual({ traces: 0, spans: 0 });
      expect(await harness.warehouse.sumSpans({ ...scope, sourceId: 'another' }, 0, 4000)).toEqual({
        traces: 0,
        spans: 0,
      });
    });

    test('traces of other versions of the processing are counted and named, without those that the source no longer has', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(
        landedTrace({ experimentId, traceId: 'own', processVersion: 'p2' }),
        ...['deleted', 'other', 'third'].map((traceId) => landedTrace({ experimentId, traceId, processVersion: 'p1' })),
      );
      const { warehouse } = harness;
      const scope = { sourceId: 'mlflow', experimentId };
      await warehouse.markDeleted(scope, ['deleted'], defaultObservedAtMs + 1000);
      expect(await warehouse.countOtherVersions(scope, 'p2')).toBe(2);
      expect(await warehouse.countOtherVersions({ experimentId }, 'p1')).toBe(1);
      expect(await warehouse.countOtherVersions({ ...scope, sourceId: 'another' }, 'p2')).toBe(0);
      const ids = ['own', 'other', 'deleted', "o'clock"];
      expect(await warehouse.ofOtherVersions(scope, ids, 'p2')).toEqual(['other']);
      expect(await warehouse.ofOtherVersions(scope, [], 'p2')).toEqual([]);
    });

    test('thousands of versions are compared at once', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(
        landedTrace({ experimentId, traceId: 'tr-0' }),
        landedTrace({ experimentId, traceId: 'tr-4999' }),
      );
      const versions = new Map(Array.from({ length: 5000 }, (_, index) => [`tr-${String(index)}`, 'hash-1']));
      const { differing, numSame } = await harness.warehouse.compare({ sourceId: 'mlflow', experimentId }, versions);
      expect(numSame).toBe(2);
      expect(new Set(differing.map(({ traceId }) => traceId)).size).toBe(4998);
    });

    test('raw keys come in pages, each key once', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(...['c', 'a', 'b'].map((traceId) => landedTrace({ experimentId, traceId })));
      const all = await harness.warehouse.listRawKeys(null, 10_000);
      const paged: typeof all = [];
      for (let last: (typeof all)[number] | null = null; ; last = paged.at(-1) ?? null) {
        const page = await harness.warehouse.listRawKeys(last, Math.max(1, Math.floor(all.length / 3)));
        if (page.length === 0) break;
        paged.push(...page);
      }
      expect(paged).toEqual(all);
      expect(all.filter((key) => key.experimentId === experimentId).map(({ traceId }) => traceId)).toEqual([
        'a',
        'b',
        'c',
      ]);
    });

    test('the summary adds up one experiment alone', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(
        landedTrace({ experimentId, traceId: 'a', startTimeMs: 1000, numbers: { metric_summed: 1 } }),
        landedTrace({ experimentId, traceId: 'b', startTimeMs: 2000, numbers: { metric_summed: 0 } }),
        landedTrace({ experimentId, traceId: 'c', startTimeMs: 3000, spanState: 'missing', gold: { status: 'ERROR' } }),
        deadLetter({ experimentId, traceId: 'd' }),
      );
      const summary = await harness.warehouse.summary({ experimentId });
      expect(summary).toMatchObject({
        traces: 3,
        firstStartMs: 1000,
        lastStartMs: 3000,
        inputTokens: 240n,
        tokenCountRequest: 18n,
        errorTraces: 1,
        openDeadLetters: 1,
      });
      expect(summary.costUsd).toBeCloseTo(0.003, 12);
      expect(summary.metrics).toContainEqual({ column: 'metric_summed', count: 2, mean: 0.5 });
      expect(await harness.warehouse.summary({ experimentId: 'none' })).toMatchObject({
        traces: 0,
        firstStartMs: null,
        totalTokens: null,
        costUsd: null,
      });
    });
  });
}

export function deadLetterSuite(harness: Harness, test: ContractTest): void {
  describe('dead letters', () => {
    const open = (experimentId: string) =>
      harness.warehouse.openDeadLetters({ sourceId: 'mlflow', experimentId }, ['tr-1']);

    test('attempts are counted per version and wait twice as long each time', async () => {
      const experimentId = harness.newExperiment();
      const fail = (n: number, sourceHash = 'h1') =>
        harness.commit(deadLetter({ experimentId, observedAtMs: second(n), sourceHash }));
      expect(await fail(1)).toMatchObject({ inserted: 0, updated: 0 });
      const wait = async () => {
        const [letter] = await open(experimentId);
        const [row] = await harness.rows('deadLetters', experimentId);
        return [row?.['attempts'], ((letter?.retryAfterMs ?? 0) - second(0)) / minutesMs];
      };
      expect(await wait()).toEqual([1, 10 + 1 / 60]);
      await fail(1);
      expect(await wait()).toEqual([1, 10 + 1 / 60]);
      await fail(2);
      expect(await wait()).toEqual([2, 20 + 2 / 60]);
      for (let n = 3; n <= 12; n += 1) await fail(n);
      expect(await wait()).toEqual([12, 24 * 60 + 12 / 60]);
      await fail(13, 'h2');
      expect(await wait()).toEqual([1, 10 + 13 / 60]);
      await fail(5);
      expect(await wait()).toEqual([1, 10 + 13 / 60]);
    });

    test('what the source cannot serve is tried once a day', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(deadLetter({ experimentId, observedAtMs: second(0), errorCode: 'TraceUnreadable' }));
      expect(await open(experimentId)).toMatchObject([{ retryAfterMs: second(0) + 24 * 60 * minutesMs }]);
    });

    test('landing closes the row, and a later failure opens it anew', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(deadLetter({ experimentId, observedAtMs: second(1) }));
      await harness.commit(landedTrace({ experimentId, observedAtMs: second(2) }));
      expect(await open(experimentId)).toEqual([]);
      expect(await harness.rows('deadLetters', experimentId)).toMatchObject([{ attempts: 1 }]);
      await harness.commit(deadLetter({ experimentId, observedAtMs: second(3), sourceHash: 'hash-2' }));
      expect(await open(experimentId)).toMatchObject([{ sourceHash: 'hash-2' }]);
      expect(await harness.rows('deadLetters', experimentId)).toMatchObject([{ attempts: 1 }]);
      expect(await harness.warehouse.listDeadLetters({ experimentId, limit: 10 })).toMatchObject([
        { trace_id: 'tr-1', error_code: 'SpansUnreadable', stage: 'fetch', closed_at: null },
      ]);
    });

    test('a later failure stays open when an older version is committed again', async () => {
      const experimentId = harness.newExperiment();
      const older = landedTrace({ experimentId, observedAtMs: second(1) });
      await harness.commit(older);
      await harness.commit(deadLetter({ experimentId, observedAtMs: second(2), sourceHash: 'hash-2' }));
      await harness.commit(older);
      expect(await open(experimentId)).toMatchObject([{ sourceHash: 'hash-2' }]);
    });

    test('a failure of an observation that landed all the same is forgotten', async () => {
      const experimentId = harness.newExperiment();
      await harness.commitFiles([[deadLetter({ experimentId })], [landedTrace({ experimentId })]]);
      await harness.commit(deadLetter({ experimentId, observedAtMs: defaultObservedAtMs - 1000 }));
      expect(await harness.rows('deadLetters', experimentId)).toEqual([]);
    });
  });
}
