import { randomBytes, randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import type { JsonObject, JsonValue } from '../../src/json/json-value.js';
import type { RunResult } from '../../src/workflows/contract.js';
import { expectInvariants } from '../contract/table-invariants.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { addAssessment, ensureExperiment, exportSpans, startTrace } from '../servers/seed.js';
import type { SeedSpan } from '../servers/seed.js';
import { openPipeline } from './local-pipeline.js';
import type { LocalPipeline } from './local-pipeline.js';

const startTimeMs = Date.UTC(2026, 0, 1);
const traceIdOf = (): string => `tr-${randomBytes(16).toString('hex')}`;

function span(part: Partial<SeedSpan> = {}): SeedSpan {
  const startTimeNs = BigInt(startTimeMs) * 1_000_000n;
  return {
    spanId: randomBytes(8).toString('hex'),
    parentSpanId: null,
    name: 'root',
    startTimeNs,
    endTimeNs: startTimeNs + 5_000_000n,
    isError: false,
    attributes: {},
    ...part,
  };
}

const assessmentValues: JsonValue[] = [
  0,
  -1.5,
  'yes',
  'text',
  true,
  false,
  ['a', 1],
  { nested: { deep: true } },
  '',
  '0.75',
];
const hostileNames = ['"; DROP TABLE x; --', 'x'.repeat(300), 'Case', 'case', 'name with spaces', '東京'];

describeWith(['mlflow', 'temporal'], 'traces of every odd shape', () => {
  let pipeline: LocalPipeline;
  let result: RunResult;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    const address = mlflowUri();
    const experimentId = await ensureExperiment(address, `odd-${randomUUID()}`);
    const add = async (name: string, ...spans: SeedSpan[]): Promise<string> => {
      const traceId = traceIdOf();
      ids[name] = traceId;
      if (spans.length > 0) await exportSpans(address, experimentId, [{ traceId, spans }]);
      else await startTrace(address, infoOf(experimentId, traceId));
      return traceId;
    };
    await add('without spans');
    await add('without root', span({ parentSpanId: '00000000000000aa' }));
    const root = span();
    const children = Array.from({ length: 4999 }, () => span({ parentSpanId: root.spanId, name: 'child' }));
    await add('with 5,000 spans', root, ...children);
    const long = 'word '.repeat(4 * 1024 * 1024);
    await add('of 20 MB', span({ attributes: { 'mlflow.spanInputs': { text: long }, 'mlflow.spanOutputs': 'done' } }));
    await add('with NaN', span({ attributes: { 'mlflow.spanInputs': { score: Number.NaN, big: 9007199254740993n } } }));
    await add(
      'with control characters',
      span({ attributes: { 'mlflow.spanInputs': 'a\u0000b\u0007 \u2028 𝒳 "quoted" \\' } }),
    );
    const judged = await add('with every value', span());
    for (const [index, value] of assessmentValues.entries()) {
      await assess(address, judged, `value ${String(index)}`, { value });
    }
    await assess(address, judged, 'only an error', { error: { error_code: 'FAILED', error_message: 'no answer' } });
    const named = await add('with hostile names', span());
    for (const name of hostileNames) await assess(address, named, name, { value: 1 });

    pipeline = await openPipeline({ mlflow: address, temporal: temporalAddress() });
    result = await pipeline.run<RunResult>('backfillTraces', { experiment: experimentId });
  }, 300_000);

  afterAll(async () => {
    await expectInvariants(await pipeline.warehouse());
    await pipeline.close();
  });

  const gold = async (name: string, columns: string): Promise<unknown> => {
    const warehouse = await pipeline.warehouse();
    const { rows } = await warehouse.query(
      `SELECT ${columns} FROM genai_processed_traces_gold WHERE trace_id = '${String(ids[name])}'`,
      { limit: 2 },
    );
    expect(rows).toHaveLength(1);
    return rows[0];
  };

  it('all land, none is lost and none is a dead letter', () => {
    expect(result.totals).toMatchObject({ listed: 8, landed: 8, deadLettered: 0, missing: 0 });
  });

  it('without spans, without root and with 5,000 spans say so in their columns', async () => {
    expect(await gold('without spans', 'span_state, num_spans, token_count_request')).toEqual(['missing', 0, null]);
    expect(await gold('without root', 'span_state, num_spans')).toEqual(['partial', 1]);
    expect(await gold('with 5,000 spans', 'span_state, num_spans')).toEqual(['complete', 5000]);
  });

  it('traces of 20 MB keep the whole text and its exact token count', async () => {
    const [tokens] = (await gold('of 20 MB', 'token_count_request')) as [number];
    expect(tokens).toBeGreaterThan(4 * 1024 * 1024);
    expect(
      await pipeline.value(
        `SELECT length(request)::BIGINT FROM genai_raw_traces WHERE trace_id = '${String(ids['of 20 MB'])}'`,
      ),
    ).toBeGreaterThan(20 * 1024 * 1024);
  });

  it('traces of every odd shape keep integers beyond 2^53 and characters that databases fear', async () => {
    const request = (name: string): Promise<unknown> =>
      pipeline.value(`SELECT request FROM genai_raw_traces WHERE trace_id = '${String(ids[name])}'`);
    expect(await request('with NaN')).toContain('9007199254740993');
    expect(await request('with control characters')).toContain('𝒳 "quoted" \\');
  });

  it('traces of every odd shape give numbers, truth values and labels their columns and leave lists and objects in the assessments table', async () => {
    const columns =
      'metric_value_0, metric_value_1, metric_value_2, metric_value_3_label, metric_value_4, metric_value_5, metric_value_9';
    expect(await gold('with every value', columns)).toEqual([0, -1.5, 1, 'text', 1, 0, 0.75]);
    const count = await pipeline.value(
      `SELECT count(*)::INTEGER FROM genai_trace_assessments WHERE trace_id = '${String(ids['with every value'])}' AND value_json IS NOT NULL`,
    );
    expect(count).toBe(assessmentValues.length);
    expect(await gold('with every value', 'num_assessment_errors')).toEqual([1]);
  });

  it('traces of every odd shape turn hostile metric names into harmless columns, and names that differ only by case into one', async () => {
    const warehouse = await pipeline.warehouse();
    const { rows } = await warehouse.query('SELECT column_name, raw_name FROM genai_metric_catalog ORDER BY raw_name', {
      limit: 100,
    });
    const columnOf = new Map(rows.map(([column, raw]) => [String(raw), String(column)]));
    for (const name of hostileNames) expect(columnOf.get(name), name.slice(0, 30)).toMatch(/^metric_[a-z0-9_]{1,120}$/);
    expect(columnOf.get('Case')).toBe(columnOf.get('case'));
    expect(await pipeline.value('SELECT count(*)::INTEGER FROM genai_raw_traces')).toBe(8);
  });
});

function infoOf(experimentId: string, traceId: string): JsonObject {
  return {
    trace_id: traceId,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } },
    request_time: new Date(startTimeMs).toISOString(),
    execution_duration: '0.010s',
    state: 'OK',
    tags: {},
    trace_metadata: {},
  };
}

function assess(address: string, traceId: string, name: string, feedback: JsonObject): Promise<string> {
  return addAssessment(address, traceId, {
    assessment_name: name,
    source: { source_type: 'LLM_JUDGE', source_id: 'judge' },
    feedback,
  });
}
