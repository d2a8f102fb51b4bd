/** Contract: values come back exactly as they went in, and names from data do no harm. */
import { describe, expect } from 'vitest';
import { landedTrace, micros } from './staged-traces.js';
import { type ContractTest, dynamicColumns, type Harness } from './warehouse-harness.js';

export function valueSuite(harness: Harness, test: ContractTest): void {
  const readRaw = async (experimentId: string) => {
    const rows = await harness.warehouse.readRaw({ sourceId: 'mlflow', experimentId }, ['tr-1']);
    return rows[0]!;
  };

  describe('values', () => {
    test('integers beyond 2^53 come back from the tables exactly', async () => {
      const experimentId = harness.newExperiment();
      const exact = 9_007_199_254_740_993n;
      await harness.commit(
        landedTrace({ experimentId, gold: { input_tokens: exact }, raw: { execution_time_ms: exact } }),
      );
      expect((await readRaw(experimentId)).execution_time_ms).toBe(exact);
      expect((await harness.warehouse.summary({ experimentId })).inputTokens).toBe(exact);
      expect(await harness.rows('gold', experimentId)).toMatchObject([{ input_tokens: exact.toString() }]);
    });

    test('text of every kind comes back as it was, lone surrogates replaced', async () => {
      const experimentId = harness.newExperiment();
      const request = 'Grüße 🧭 日本語 "quoted" \'single\' back\\slash \n\t\r \u0000 \u2028 end';
      await harness.commit(
        landedTrace({ experimentId, raw: { request, response: 'cut \ud83d off', tags: '{"a":"b"}' } }),
      );
      const raw = await readRaw(experimentId);
      expect(raw.request).toBe(request);
      expect(raw.response).toBe('cut \ufffd off');
      expect(raw.tags).toBe('{"a":"b"}');
    });

    test('a text of five million characters comes back whole', async () => {
      const experimentId = harness.newExperiment();
      const request = 'é'.repeat(5_000_000);
      await harness.commit(landedTrace({ experimentId, raw: { request } }));
      expect((await readRaw(experimentId)).request === request).toBe(true);
    });

    for (const [name, startTimeMs] of [
      ['before 1970', Date.UTC(1950, 5, 1, 1, 2, 3, 4)],
      ['just before 1970', -1],
      ['after 2100', Date.UTC(2150, 0, 1) + 7],
      ['beyond 2^53 microseconds', Date.UTC(2300, 0, 1) + 7],
    ] as const) {
      test(`times ${name} come back from the tables exactly`, async () => {
        const experimentId = harness.newExperiment();
        await harness.commit(landedTrace({ experimentId, startTimeMs }));
        const scope = { sourceId: 'mlflow', experimentId };
        expect((await readRaw(experimentId)).start_time).toBe(micros(startTimeMs));
        expect(await harness.warehouse.landedBetween(scope, startTimeMs, startTimeMs + 1)).toEqual(['tr-1']);
        expect(await harness.warehouse.landedBetween(scope, startTimeMs - 1, startTimeMs)).toEqual([]);
      });
    }

    test('a value that is unknown comes back from the tables as NULL', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(landedTrace({ experimentId, executionTimeMs: null, spanState: 'missing' }));
      expect(await harness.rows('gold', experimentId)).toMatchObject([
        {
          execution_time_ms: null,
          end_time: null,
          cost_usd: null,
          num_spans: null,
          cost_missing_reason: 'spans_not_read',
        },
      ]);
    });
  });

  describe('metric columns', () => {
    const columnNames = async () => (await dynamicColumns(harness.warehouse)).map(({ name }) => name);
    const columnsSince = async (before: readonly string[]) =>
      (await columnNames()).filter((name) => !before.includes(name)).toSorted();

    test('names that are no column names are left out and harm nothing', async () => {
      const experimentId = harness.newExperiment();
      const hostile = ['"; DROP TABLE genai_raw_traces; --', "metric_it's", 'metric_a"b', `metric_${'x'.repeat(300)}`];
      const numbers = Object.fromEntries([...hostile, 'metric_harmless'].map((name) => [name, 1]));
      const texts = { 'metric_\u0000_label': 'x', 'dim_a; b': 'x', committed_at: 'x' };
      const before = await columnNames();
      const result = await harness.commit(landedTrace({ experimentId, numbers, texts }));
      expect(result).toMatchObject({ inserted: 1, columnsOverLimit: 0 });
      expect(await columnsSince(before)).toEqual(['metric_harmless']);
      expect(await harness.rows('gold', experimentId)).toMatchObject([{ metric_harmless: 1 }]);
      expect(await readRaw(experimentId)).toMatchObject({ trace_id: 'tr-1' });
    });

    test('names that differ in case alone are one column', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(landedTrace({ experimentId, traceId: 'a', numbers: { metric_Case: 1 } }));
      await harness.commit(
        landedTrace({ experimentId, traceId: 'b', numbers: { metric_case: 2 } }),
        landedTrace({ experimentId, traceId: 'c', numbers: { METRIC_CASE: 3 } }),
      );
      const rows = await harness.rows('gold', experimentId);
      expect(rows.map((row) => row['metric_case'])).toEqual([1, 2, 3]);
    });

    test('names beyond the limit get no column, always the same ones', async () => {
      const experimentId = harness.newExperiment();
      const before = await columnNames();
      const numMetrics = before.filter((name) => name.startsWith('metric_')).length;
      const numbers = { metric_limit_c: 3, metric_limit_a: 1, metric_limit_b: 2 };
      const staged = await harness.stage([landedTrace({ experimentId, numbers, texts: { dim_limit: 'free' } })]);
      const result = await harness.warehouse.commit(harness.manifest([staged], numMetrics + 1));
      expect(await columnsSince(before)).toEqual(['dim_limit', 'metric_limit_a']);
      expect(result.columnsOverLimit).toBe(2);
      expect(await harness.rows('gold', experimentId)).toMatchObject([{ metric_limit_a: 1, dim_limit: 'free' }]);
    });

    test('a new metric appears in genai_metrics_long', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(landedTrace({ experimentId, numbers: { metric_long_one: 0.25 } }));
      await harness.commit(landedTrace({ experimentId, traceId: 'tr-2', numbers: { metric_long_two: 4 } }));
      const sql = `SELECT trace_id, metric, value FROM genai_metrics_long WHERE experiment_id = '${experimentId}' ORDER BY trace_id`;
      expect(await harness.query(sql)).toEqual([
        { trace_id: 'tr-1', metric: 'long_one', value: 0.25 },
        { trace_id: 'tr-2', metric: 'long_two', value: 4 },
      ]);
    });
  });
}
