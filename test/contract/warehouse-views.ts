/** Contract: views over the tables, and traces that the source no longer has. */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { LandedTraceRows, SpanRow } from '../../src/tables/rows.js';
import { views } from '../../src/tables/views.js';
import type { DumpedRow } from './dump-tables.js';
import { defaultObservedAtMs, defaultStartMs, landedTrace, type TraceSketch } from './staged-traces.js';
import type { ContractTest, Harness } from './warehouse-harness.js';

const call = (model: string | null, tokens: number, cost: number | null): Partial<SpanRow> => ({
  kind: 'CHAT_MODEL',
  model,
  input_tokens: tokens,
  output_tokens: 0,
  total_tokens: tokens,
  cost_usd: cost,
  is_token_owner: true,
});

/** What gold says of a trace besides its spans. */
const sums = (tokens: number | null, cost: number | null): NonNullable<TraceSketch['gold']> => ({
  input_tokens: tokens,
  output_tokens: tokens === null ? null : 0,
  total_tokens: tokens,
  cost_usd: cost,
  cost_missing_reason: cost === null && tokens !== null ? 'no_price' : null,
});

export function viewSuite(harness: Harness, test: ContractTest): void {
  const daily = (experimentId: string): Promise<DumpedRow[]> =>
    harness.query(`SELECT model, num_traces, num_unpriced_traces, num_calls, total_tokens, unpriced_tokens, cost_usd
FROM genai_cost_daily WHERE experiment_id = '${experimentId}' ORDER BY model NULLS LAST, num_calls`);

  describe('views', () => {
    test('views have the columns of their definitions, in order', async () => {
      for (const { name, columns } of views) {
        const { columns: found } = await harness.warehouse.query(`SELECT * FROM ${name}`, { limit: 1 });
        expect(found).toEqual(Object.keys(columns));
      }
    });

    test('views are described with the meaning of every column', async () => {
      const described = await harness.warehouse.describeTables();
      for (const { name, comment, columns } of views) {
        const found = described.find((one) => one.role === 'view' && one.name.endsWith(name));
        const meanings = Object.entries(columns).map(([column, { type, comment: meaning }]) => [column, type, meaning]);
        expect(found?.comment).toBe(comment);
        expect(found?.columns.map((column) => [column.name, column.type, column.comment])).toEqual(meanings);
      }
    });

    test('views of cost split a trace by the models of its calls, and keep origins apart', async () => {
      const experimentId = harness.newExperiment();
      const spans = [call('a', 100, 1), call('b', 10, 0.5), call('b', 20, 0.25)];
      await harness.commit(
        landedTrace({ experimentId, traceId: 'app', spans, gold: sums(130, 1.75) }),
        landedTrace({ experimentId, traceId: 'judge', spans, gold: { ...sums(130, 1.75), trace_origin: 'judge' } }),
      );
      const rows = await harness.query(`SELECT trace_origin, model, num_calls, total_tokens, cost_usd
FROM genai_cost_daily WHERE experiment_id = '${experimentId}' ORDER BY trace_origin, model`);
      expect(rows).toEqual(
        ['app', 'judge'].flatMap((trace_origin) => [
          { trace_origin, model: 'a', num_calls: 1, total_tokens: 100, cost_usd: 1 },
          { trace_origin, model: 'b', num_calls: 2, total_tokens: 30, cost_usd: 0.75 },
        ]),
      );
    });

    test('views of cost count an amount that is known of the whole trace only, under its model where it used one', async () => {
      const experimentId = harness.newExperiment();
      const one = { num_traces: 1, num_unpriced_traces: 0, unpriced_tokens: 0 };
      await harness.commit(
        landedTrace({ experimentId, traceId: 'one model', spans: [call('a', 100, null)], gold: sums(100, 0.25) }),
        landedTrace({ experimentId, traceId: 'no spans', spanState: 'unknown', gold: sums(7, 0.5) }),
      );
      expect(await daily(experimentId)).toEqual([
        { ...one, model: 'a', num_calls: 1, total_tokens: 100, cost_usd: 0.25 },
        { ...one, model: null, num_calls: 0, total_tokens: 7, cost_usd: 0.5 },
      ]);
    });

    test('views of cost say how many tokens and traces have no price', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(
        landedTrace({ experimentId, traceId: 'priced', spans: [call('a', 100, 1)], gold: sums(100, 1) }),
        landedTrace({
          ...{ experimentId, traceId: 'in part', gold: sums(30, null) },
          spans: [call('a', 10, 0.5), call('b', 20, null)],
        }),
        landedTrace({ experimentId, traceId: 'no usage', spans: [], gold: sums(null, null) }),
      );
      expect(await daily(experimentId)).toEqual([
        {
          ...{ model: 'a', num_traces: 2, num_unpriced_traces: 1, num_calls: 2 },
          ...{ total_tokens: 110, unpriced_tokens: 10, cost_usd: 1 },
        },
        {
          ...{ model: 'b', num_traces: 1, num_unpriced_traces: 1, num_calls: 1 },
          ...{ total_tokens: 20, unpriced_tokens: 20, cost_usd: null },
        },
        {
          ...{ model: null, num_traces: 1, num_unpriced_traces: 0, num_calls: 0 },
          ...{ total_tokens: null, unpriced_tokens: 0, cost_usd: null },
        },
      ]);
    });

    test('views of cost add up to gold, and gold to the spans that count, whatever is known of which trace', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(traceArbitrary, { minLength: 1, maxLength: 12 }), async (sketches) => {
          const experimentId = harness.newExperiment();
          const traces = sketches.map((sketch, index) => tracesOf(experimentId, `tr-${index}`, sketch));
          await harness.commit(...traces);
          const totals = 'CAST(sum(total_tokens) AS BIGINT) AS total_tokens, sum(cost_usd) AS cost_usd';
          const of = async (sql: string): Promise<DumpedRow> => (await harness.query(sql))[0] ?? {};
          const inExperiment = `WHERE experiment_id = '${experimentId}'`;
          const view = await of(`SELECT ${totals}, sum(unpriced_tokens) AS unpriced, sum(num_calls) AS num_calls
FROM genai_cost_daily ${inExperiment}`);
          const gold = await of(`SELECT ${totals},
CAST(coalesce(sum(CASE WHEN cost_usd IS NULL THEN total_tokens END), 0) AS BIGINT) AS unpriced
FROM genai_processed_traces_gold ${inExperiment}`);
          const spans = await of(
            `SELECT count(*) AS num_calls FROM genai_trace_spans ${inExperiment} AND is_token_owner`,
          );
          expect(view['total_tokens']).toEqual(gold['total_tokens']);
          expect(Number(view['unpriced'])).toBe(Number(gold['unpriced']));
          expect(Number(view['num_calls'] ?? 0)).toBe(Number(spans['num_calls']));
          if (gold['cost_usd'] === null) expect(view['cost_usd']).toBeNull();
          else expect(view['cost_usd']).toBeCloseTo(Number(gold['cost_usd']), 9);
        }),
        { numRuns: harness.propertyRuns },
      );
    }, 600_000);
  });

  describe('traces that the source no longer has', () => {
    const scopeOf = (experimentId: string) => ({ sourceId: 'mlflow', experimentId });
    const later = (ms: number) => defaultObservedAtMs + ms;
    const marks = async (experimentId: string) =>
      (await harness.rows('gold', experimentId)).map((row) => [row['trace_id'], row['deleted_at_source'] !== null]);

    test('traces that the source no longer has stay in gold with a mark, and are left out of views, sums and listings', async () => {
      const experimentId = harness.newExperiment();
      const gold = { ...sums(10, 1), session_id: 's' };
      const spans = [{ ...call('a', 10, 1), status: 'ERROR' }];
      const sketch = { experimentId, spans, gold, numbers: { metric_a: 1 } };
      await harness.commit(...['gone', 'kept'].map((traceId) => landedTrace({ ...sketch, traceId })));
      const scope = scopeOf(experimentId);
      await harness.warehouse.markDeleted(scope, ['gone', 'never landed'], later(1000));
      await harness.warehouse.markDeleted({ ...scope, sourceId: 'another' }, ['kept'], later(1000));
      expect(await marks(experimentId)).toEqual([
        ['gone', true],
        ['kept', false],
      ]);
      expect(await harness.warehouse.landedBetween(scope, defaultStartMs, defaultStartMs + 1)).toEqual(['kept']);
      expect((await harness.warehouse.summary(scope)).traces).toBe(1);
      for (const { name, columns } of views) {
        const count = 'num_traces' in columns ? 'sum(num_traces)' : 'count(*)';
        const sql = `SELECT CAST(${count} AS BIGINT) AS n FROM ${name} WHERE experiment_id = '${experimentId}'`;
        expect([name, await harness.query(sql)]).toEqual([name, [{ n: 1 }]]);
      }
    });

    test('traces that the source no longer has keep the time at which they were first missed', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(landedTrace({ experimentId }));
      const mark = async (atMs: number | null) => {
        await harness.warehouse.markDeleted(scopeOf(experimentId), ['tr-1'], atMs);
        return (await harness.rows('gold', experimentId))[0]?.['deleted_at_source'];
      };
      const first = await mark(later(1000));
      expect(first).not.toBeNull();
      expect(await mark(later(2000))).toEqual(first);
      expect(await mark(null)).toBeNull();
      expect(await mark(later(2000))).not.toEqual(first);
    });

    test('traces that the source no longer has differ from what is listed when they are there again, and lose the mark by a later observation', async () => {
      const experimentId = harness.newExperiment();
      const scope = scopeOf(experimentId);
      await harness.commit(landedTrace({ experimentId, processVersion: 'p1' }));
      await harness.warehouse.markDeleted(scope, ['tr-1'], later(1000));
      const listed = new Map([['tr-1', 'hash-1']]);
      expect(await harness.warehouse.compare(scope, listed)).toMatchObject({ numSame: 0 });
      // A rebuild, and a commit that was listed before the trace was missed.
      await harness.commit(landedTrace({ experimentId, processVersion: 'p2' }));
      await harness.commit(landedTrace({ experimentId, observedAtMs: later(500), sourceHash: 'hash-2' }));
      expect(await marks(experimentId)).toEqual([['tr-1', true]]);
      await harness.commit(landedTrace({ experimentId, observedAtMs: later(1500), sourceHash: 'hash-2' }));
      expect(await marks(experimentId)).toEqual([['tr-1', false]]);
    });
  });
}

/** Where the amounts of a trace are known: in its spans, in its gold row alone, in part of its spans, nowhere. */
const traceArbitrary = fc.record({
  known: fc.constantFrom('spans', 'gold', 'in part', 'nowhere'),
  calls: fc.array(
    fc.record({
      model: fc.constantFrom('a', 'b', null),
      tokens: fc.integer({ min: 0, max: 5000 }),
      cost: fc.double({ min: 0, max: 3, noNaN: true }),
      isOwner: fc.boolean(),
    }),
    { maxLength: 4 },
  ),
  day: fc.integer({ min: 0, max: 2 }),
});

function tracesOf(
  experimentId: string,
  traceId: string,
  { known, calls, day }: typeof traceArbitrary extends fc.Arbitrary<infer Sketch> ? Sketch : never,
): LandedTraceRows {
  const spans = calls.map(({ model, tokens, cost, isOwner }, index) => {
    const isPriced = known === 'spans' || (known === 'in part' && index === 0);
    return { ...call(model, tokens, isPriced ? cost : null), is_token_owner: isOwner };
  });
  const owned = spans.filter((span) => span.is_token_owner);
  const sum = (values: readonly number[]): number | null =>
    values.length === 0 ? null : values.reduce((left, right) => left + right, 0);
  const tokens = sum(owned.map((span) => Number(span.total_tokens)));
  const cost = sum(owned.map((span) => span.cost_usd ?? 0));
  const gold = {
    spans: sums(tokens, cost),
    gold: sums(1234, 0.5),
    'in part': sums(tokens, null),
    nowhere: sums(tokens, null),
  }[known];
  return landedTrace({ experimentId, traceId, spans, gold, startTimeMs: defaultStartMs + day * 86_400_000 });
}
