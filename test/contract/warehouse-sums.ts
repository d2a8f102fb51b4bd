/** Contract: views, gold and spans are sums of the same rows, over random trees with random usage, price and cache. */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { JsonObject } from '../../src/json/json-value.js';
import type { Span } from '../../src/trace/trace.js';
import { anInfo, aSpan, build } from '../trace/sample-trace.js';
import type { DumpedRow } from './dump-tables.js';
import type { ContractTest, Harness } from './warehouse-harness.js';

const count = fc.nat({ max: 5000 });

/** One report in the words of one provider or library; parts that a provider leaves out are left out. */
const usage: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constant({}),
  fc.record({ input: count, output: count, cached: count }).map(({ input, output, cached }) => ({
    'mlflow.chat.tokenUsage': { input_tokens: input + cached, output_tokens: output, cache_read_input_tokens: cached },
  })),
  fc.record({ input: count, output: count }).map(({ input, output }) => ({
    'mlflow.chat.tokenUsage': { input_tokens: String(input), output_tokens: String(output), total_tokens: 0 },
  })),
  count.map((total) => ({ 'mlflow.chat.tokenUsage': { total_tokens: total } })),
  count.map((input) => ({ 'llm.token_count.prompt': input })),
  fc.record({ input: count, output: count, read: count, written: count }).map(({ input, output, read, written }) => ({
    'mlflow.spanOutputs': {
      usage: {
        ...{ input_tokens: input, output_tokens: output },
        ...{ cache_read_input_tokens: read, cache_creation: { ephemeral_1h_input_tokens: written } },
      },
    },
  })),
  fc.record({ input: count, output: count, sound: count, thought: count }).map(({ input, output, sound, thought }) => ({
    'mlflow.spanOutputs': {
      usage: {
        ...{ prompt_tokens: input + sound, completion_tokens: output + thought },
        prompt_tokens_details: { audio_tokens: sound },
        completion_tokens_details: { reasoning_tokens: thought },
      },
    },
  })),
);

/** `gpt-4o` has a price, the others have none. */
const model = fc.constantFrom<JsonObject>({}, { 'mlflow.llm.model': 'gpt-4o' }, { 'mlflow.llm.model': 'house-model' });

const cost = fc.oneof(
  { arbitrary: fc.constant<JsonObject>({}), weight: 2 },
  fc
    .record({ i: fc.double({ min: 0, max: 2, noNaN: true }), o: fc.double({ min: 0, max: 2, noNaN: true }) })
    .map(({ i, o }) => ({ 'mlflow.llm.cost': { input_cost: i, output_cost: o, total_cost: i + o } })),
  fc.double({ min: 0, max: 2, noNaN: true }).map((total) => ({ 'mlflow.llm.cost': { total_cost: total } })),
);

const span = fc.record({
  kind: fc.constantFrom('CHAT_MODEL', 'CHAT_MODEL', 'LLM', 'AGENT', 'CHAIN', 'EMBEDDING', 'TOOL', 'UNKNOWN'),
  parent: fc.nat({ max: 6 }),
  status: fc.constantFrom('OK', 'OK', 'ERROR'),
  usage,
  model,
  cost,
});

const trace = fc.record({
  spans: fc.array(span, { minLength: 1, maxLength: 7 }),
  spanState: fc.constantFrom('complete', 'complete', 'partial'),
  session: fc.constantFrom('s1', 's2'),
  stored: fc.oneof(
    { arbitrary: fc.constant({}), weight: 3 },
    count.map((total) => ({
      'mlflow.trace.tokenUsage': JSON.stringify({ input_tokens: total, output_tokens: 1, total_tokens: total + 1 }),
      'mlflow.trace.cost': '{"total_cost": 0.5}',
    })),
  ),
});

type Sketch = typeof trace extends fc.Arbitrary<infer T> ? T : never;

function rowsOf(experimentId: string, traceId: string, { spans, spanState, session, stored }: Sketch) {
  const idOf = (index: number): string => (index + 1).toString(16).padStart(16, '0');
  const tree = spans.map((one, index): Span => {
    const parent = index === 0 ? null : idOf(one.parent % index);
    const attributes = { 'mlflow.spanType': one.kind, ...one.usage, ...one.model, ...one.cost };
    return { ...aSpan(idOf(index), parent, [index, 100], attributes), status: one.status === 'OK' ? 'OK' : 'ERROR' };
  });
  const metadata = { 'mlflow.trace.session': session, ...stored };
  const info = { ...anInfo, experimentId, traceId, metadata };
  return build(info, { traceId, spanState: spanState === 'complete' ? 'complete' : 'partial', spans: tree });
}

const counts = [
  ...['input_tokens', 'output_tokens', 'total_tokens', 'cached_input_tokens', 'cache_write_5m_tokens'],
  ...['cache_write_1h_tokens', 'reasoning_tokens', 'embedding_tokens', 'audio_input_tokens', 'audio_output_tokens'],
];
const sumsOf = (names: readonly string[], relation: string): string =>
  names.map((name) => `CAST(sum(${relation}.${name}) AS BIGINT) AS ${name}`).join(', ');

export function sumSuite(harness: Harness, test: ContractTest): void {
  const one = async (sql: string): Promise<DumpedRow> => (await harness.query(sql))[0] ?? {};
  const close = (found: unknown, expected: unknown): void => {
    if (expected === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(Number(expected), 8);
  };

  describe('sums', () => {
    test('views, gold and spans are sums of the same rows, whatever trees, usage, prices and caches there are', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(trace, { minLength: 1, maxLength: 10 }), async (sketches) => {
          const experimentId = harness.newExperiment();
          await harness.commit(...sketches.map((sketch, index) => rowsOf(experimentId, `tr-${index}`, sketch)));
          const mine = `experiment_id = '${experimentId}'`;

          // Each trace whose tokens come from spans has the sums of the spans that count, and their cost or none.
          const perTrace =
            await harness.query(`SELECT g.trace_id, ${counts.map((name) => `g.${name} AS gold_${name}`).join(', ')},
g.cost_usd AS gold_cost, g.cost_missing_reason AS reason, t.* FROM genai_processed_traces_gold g
JOIN (SELECT trace_id AS id, ${sumsOf(counts, 's')}, sum(s.cost_usd) AS cost,
  count(CASE WHEN s.cost_usd IS NULL AND coalesce(s.total_tokens, s.embedding_tokens, 0) > 0 THEN 1 END) AS num_unpriced
  FROM genai_trace_spans s WHERE s.${mine} AND is_token_owner GROUP BY trace_id) t ON t.id = g.trace_id
WHERE g.${mine} AND g.tokens_source = 'spans'`);
          for (const row of perTrace) {
            for (const name of counts) expect([name, row[`gold_${name}`]]).toEqual([name, row[name]]);
            expect(row['gold_cost'] === null).toBe(row['reason'] !== null);
            if (row['gold_cost'] !== null && Number(row['num_unpriced']) === 0) close(row['gold_cost'], row['cost']);
          }

          // Views add up to gold.
          const told = ['input_tokens', 'output_tokens', 'total_tokens'];
          const gold = await one(`SELECT ${sumsOf(told, 'g')}, sum(cost_usd) AS cost,
CAST(coalesce(sum(CASE WHEN cost_usd IS NULL THEN total_tokens END), 0) AS BIGINT) AS unpriced
FROM genai_processed_traces_gold g WHERE ${mine}`);
          const daily = await one(`SELECT ${sumsOf(told, 'd')}, sum(cost_usd) AS cost,
CAST(sum(unpriced_tokens) AS BIGINT) AS unpriced FROM genai_cost_daily d WHERE ${mine}`);
          expect({ ...daily, cost: null }).toEqual({ ...gold, cost: null });
          close(daily['cost'], gold['cost']);
          for (const view of ['genai_sessions', 'genai_session_turns']) {
            const sums = `SELECT CAST(sum(total_tokens) AS BIGINT) AS total, sum(cost_usd) AS cost FROM ${view}`;
            const found = await one(`${sums} WHERE ${mine}`);
            expect([view, found['total']]).toEqual([view, gold['total_tokens']]);
            close(found['cost'], gold['cost']);
          }
        }),
        { numRuns: harness.propertyRuns },
      );
    }, 600_000);
  });
}
