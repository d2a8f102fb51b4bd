import { randomUUID } from 'node:crypto';

import { getEncoding } from 'js-tiktoken';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { RunResult } from '../../src/workflows/contract.js';
import { expectInvariants } from '../contract/table-invariants.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { addAssessment, seedTraces } from '../servers/seed.js';
import type { Seeded } from '../servers/seed.js';
import { openPipeline } from './local-pipeline.js';
import type { LocalPipeline } from './local-pipeline.js';

const numTraces = 2000;
const numLate = 37;

describeWith(['mlflow', 'temporal'], 'a backfill of 2,000 traces from MLflow into DuckDB', () => {
  let pipeline: LocalPipeline;
  let seeded: Seeded;
  let first: RunResult;

  beforeAll(async () => {
    const address = mlflowUri();
    seeded = await seedTraces({
      address,
      experimentName: `e2e-${randomUUID()}`,
      numTraces,
      textBytes: 1500,
      withAssessments: true,
    });
    pipeline = await openPipeline({
      mlflow: address,
      temporal: temporalAddress(),
      env: { TRACELIFT_WINDOW_TRACES: '600' },
    });
    first = await pipeline.run<RunResult>('backfillTraces', { experiment: seeded.experimentId });
  }, 600_000);

  afterAll(async () => {
    await expectInvariants(await pipeline.warehouse());
    await pipeline.close();
  });

  it('a backfill of 2,000 traces from MLflow into DuckDB lands every trace exactly once and says so in its receipt', async () => {
    expect(first.totals).toMatchObject({
      listed: numTraces,
      landed: numTraces,
      inserted: numTraces,
      missing: 0,
      extra: 0,
    });
    expect(first.totals.windows).toBe(3);
    const { rows } = await (
      await pipeline.warehouse()
    ).query('SELECT trace_id FROM genai_processed_traces_gold ORDER BY trace_id', { limit: 10_000 });
    expect(rows.map(([id]) => id)).toEqual(seeded.traceIds.toSorted());
  });

  it('a backfill of 2,000 traces from MLflow into DuckDB writes a ledger whose verified windows tile the range of the run', async () => {
    const ledger = (await (await pipeline.warehouse()).ledger({ limit: 100 })).toReversed();
    expect(ledger.map((row) => row.state)).toEqual(ledger.map(() => 'complete'));
    expect(Number(ledger[0]?.from_ms)).toBe(first.fromMs);
    expect(Number(ledger.at(-1)?.to_ms)).toBe(first.toMs);
    for (const [index, row] of ledger.entries()) {
      if (index > 0) expect(row.from_ms).toBe(ledger[index - 1]?.to_ms);
    }
    expect(ledger.reduce((sum, row) => sum + Number(row.listed), 0)).toBe(numTraces);
  });

  it("a backfill of 2,000 traces from MLflow into DuckDB counts the tokens of the full texts as js-tiktoken's cl100k_base does", async () => {
    const oracle = getEncoding('cl100k_base');
    const count = (text: string): number => oracle.encode(text, [], []).length;
    const { rows } = await (
      await pipeline.warehouse()
    ).query('SELECT request, response FROM genai_raw_traces', { limit: 10_000 });
    let requestTokens = 0;
    let responseTokens = 0;
    for (const [request, response] of rows) {
      requestTokens += count(String(request));
      responseTokens += count(String(response));
    }
    expect(await pipeline.value('SELECT sum(token_count_request)::BIGINT FROM genai_processed_traces_gold')).toBe(
      requestTokens,
    );
    expect(await pipeline.value('SELECT sum(token_count_response)::BIGINT FROM genai_processed_traces_gold')).toBe(
      responseTokens,
    );
    const seed = seeded.traceAt(7);
    const stored = await pipeline.value(`SELECT request FROM genai_raw_traces WHERE trace_id = '${seed.traceId}'`);
    expect(JSON.parse(String(stored))).toEqual(seed.inputs);
  });

  it('sums the usage that the spans report without counting parents twice', async () => {
    let reported = 0;
    for (let index = 0; index < numTraces; index += 1) reported += seeded.traceAt(index).usage?.total_tokens ?? 0;
    expect(await pipeline.value('SELECT sum(total_tokens)::BIGINT FROM genai_processed_traces_gold')).toBe(reported);
  });

  it('a backfill of 2,000 traces from MLflow into DuckDB gives every quality metric a column of its own, with the catalogue to it', async () => {
    const row = await pipeline.value(
      `SELECT count(metric_relevance) || '/' || count(metric_groundedness) || '/' || count(metric_latency_ok) || '/' ||
       count(metric_relevance_human) FROM genai_processed_traces_gold`,
    );
    expect(row).toBe(`${String(numTraces)}/${String(numTraces)}/${String(numTraces)}/${String(numTraces / 10)}`);
    expect(await pipeline.value('SELECT sum(num_assessment_errors)::BIGINT FROM genai_processed_traces_gold')).toBe(
      numTraces / 25,
    );
    expect(await pipeline.value("SELECT column_name FROM genai_metric_catalog WHERE raw_name = 'latency ok'")).toBe(
      'metric_latency_ok',
    );
  });

  it('a backfill of 2,000 traces from MLflow into DuckDB has child rows for exactly the spans and documents that gold counts', async () => {
    const spans = await pipeline.value('SELECT count(*)::BIGINT FROM genai_trace_spans');
    expect(spans).toBe(await pipeline.value('SELECT sum(num_spans)::BIGINT FROM genai_processed_traces_gold'));
    const documents = await pipeline.value('SELECT count(*)::BIGINT FROM genai_retrieved_documents');
    expect(documents).toBe(
      await pipeline.value('SELECT sum(num_retrieved_documents)::BIGINT FROM genai_processed_traces_gold'),
    );
  });

  it('a backfill of 2,000 traces from MLflow into DuckDB ends with an active monitor over the result', async () => {
    expect(first.monitor?.state).toBe('active');
    expect(
      await pipeline.value(
        `SELECT sum(count)::BIGINT FROM genai_processed_traces_gold_profile_metrics
         WHERE column_name = ':table' AND granularity = '1 day' AND slice_key IS NULL`,
      ),
    ).toBe(numTraces);
  });

  it('a backfill of 2,000 traces from MLflow into DuckDB changes nothing in a second run, then exactly the traces that got late assessments', async () => {
    const committed = (): Promise<unknown> =>
      pipeline.value('SELECT max(committed_at)::VARCHAR FROM genai_processed_traces_gold');
    const before = await committed();
    const second = await pipeline.run<RunResult>('backfillTraces', { experiment: seeded.experimentId });
    expect(second.totals).toMatchObject({
      listed: numTraces,
      unchanged: numTraces,
      inserted: 0,
      updated: 0,
      batches: 0,
    });
    expect(await committed()).toBe(before);

    const late = seeded.traceIds.filter((_, index) => index % 54 === 0).slice(0, numLate);
    for (const traceId of late) {
      await addAssessment(mlflowUri(), traceId, {
        assessment_name: 'helpfulness',
        source: { source_type: 'HUMAN', source_id: 'late@example.com' },
        feedback: { value: 0.25 },
      });
    }
    const third = await pipeline.run<RunResult>('backfillTraces', { experiment: seeded.experimentId });
    expect(third.totals).toMatchObject({ listed: numTraces, inserted: 0, updated: numLate, missing: 0 });
    const { rows } = await (
      await pipeline.warehouse()
    ).query(
      `SELECT trace_id FROM genai_processed_traces_gold WHERE metric_helpfulness_human = 0.25
       AND committed_at::VARCHAR > '${String(before)}' ORDER BY trace_id`,
      { limit: 10_000 },
    );
    expect(rows.map(([id]) => id)).toEqual(late.toSorted());
  });
});
