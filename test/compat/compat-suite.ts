/** The whole pipeline against a server of one MLflow version, filled by that version's own Python client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { getEncoding } from 'js-tiktoken';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { startMlflow, type MlflowStart, type RunningMlflow } from '../../src/local/mlflow-server.js';
import { startTemporal, type RunningTemporal } from '../../src/local/temporal-server.js';
import type { RunResult } from '../../src/workflows/contract.js';
import { openPipeline, type LocalPipeline } from '../e2e/local-pipeline.js';
import { addAssessment, mlflowRequest } from '../servers/mlflow-api.js';
import { projectionOf, type Projection } from './gold-projection.js';
import { logTraces, type Logged, type LoggedTrace } from './logged.js';
import { programLog, type CompatParts } from './parts.js';

export interface CompatCase {
  /** How the server is set up. Default: SQLite, no prefix. */
  readonly server?: Pick<MlflowStart, 'store' | 'staticPrefix'>;
  /** Which search the pipeline must have chosen. */
  readonly searchApi: 'v2' | 'v3';
  /** Which way the spans must have come. */
  readonly spanRoutes: readonly string[];
  /** False: the version has no assessments, token usage or sessions of its own (MLflow 2). */
  readonly hasAssessments: boolean;
  /** True: the version's client loses root spans that OTLP cannot carry, and stores their children. */
  readonly losesRoots?: boolean;
  /** Where clients of that version call the server; default: at its address. */
  readonly clientUri?: (uri: string) => string;
  /** Gets the projection when all traces have landed. */
  readonly onLanded?: (projection: Projection) => void;
}

/** One Temporal server for the versions of a file, one after the other. */
export class SharedTemporal {
  private running: RunningTemporal | null = null;
  private readonly dataDir = mkdtempSync(join(tmpdir(), 'tracelift-compat-temporal-'));

  async address({ temporal }: CompatParts): Promise<string> {
    this.running ??= await startTemporal({ program: temporal, dataDir: this.dataDir, log: programLog, headless: true });
    return this.running.address;
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** Registers the tests of one version inside the current `describe`. */
export function testPipeline(parts: CompatParts, temporal: SharedTemporal, compat: CompatCase): void {
  let mlflow: RunningMlflow;
  let pipeline: LocalPipeline;
  /** Of what has been started, the last one first. */
  const cleanUps: (() => Promise<void>)[] = [];
  let logged: Logged;
  let first: RunResult;
  const dataDir = mkdtempSync(join(tmpdir(), 'tracelift-compat-'));
  const clientUri = (): string => compat.clientUri?.(mlflow.uri) ?? mlflow.uri;
  // Servers before 3.6 announce no number of spans: young traces would be read again by every run.
  const backfill = (): Promise<RunResult> =>
    pipeline.run<RunResult>('backfillTraces', { experiment: logged.experimentId, settleMs: 0 });
  const rows = async (sql: string): Promise<readonly (readonly unknown[])[]> =>
    (await (await pipeline.warehouse()).query(sql, { limit: 10_000 })).rows;
  const byTrace = async (table: string, columns: string): Promise<Map<unknown, readonly unknown[]>> =>
    new Map((await rows(`SELECT trace_id, ${columns} FROM ${table}`)).map(([id, ...values]) => [id, values]));
  const oddOnes = (): { traceId: string }[] => [logged.unfinished, logged.oversized];
  const allIds = (): string[] => [...logged.traces, ...oddOnes()].map((trace) => trace.traceId).toSorted();
  const expected = <T>(of: (trace: LoggedTrace) => T): Map<string, T> =>
    new Map(logged.traces.map((trace) => [trace.traceId, of(trace)]));
  const landed = async (table: string, columns: string): Promise<Map<unknown, readonly unknown[]>> => {
    const found = await byTrace(table, columns);
    for (const { traceId } of oddOnes()) found.delete(traceId);
    return found;
  };

  beforeAll(async () => {
    const server = { program: parts.mlflow, dataDir, log: programLog, env: process.env, ...compat.server };
    const address = await temporal.address(parts);
    mlflow = await startMlflow(server);
    cleanUps.unshift(mlflow.stop);
    logged = await logTraces(parts.mlflow.path, clientUri(), 'compat');
    pipeline = await openPipeline({ mlflow: mlflow.uri, temporal: address });
    cleanUps.unshift(() => pipeline.close());
    first = await backfill();
  }, 300_000);

  afterAll(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('the copy of this MLflow is read the way this version serves traces', async () => {
    const { source } = await pipeline.runtime.source(null);
    const { searchApi, spanRoutes } = await source.describe();
    expect({ searchApi, spanRoutes }).toEqual({ searchApi: compat.searchApi, spanRoutes: compat.spanRoutes });
  });

  it('every trace of this MLflow lands exactly once', async () => {
    const numTraces = allIds().length;
    expect(first.totals).toMatchObject({ listed: numTraces, landed: numTraces, inserted: numTraces });
    expect(first.totals).toMatchObject({ missing: 0, extra: 0, deadLettered: 0 });
    for (const table of ['genai_processed_traces_gold', 'genai_raw_traces']) {
      expect((await rows(`SELECT trace_id FROM ${table} ORDER BY trace_id`)).flat()).toEqual(allIds());
    }
  });

  it('the copy of this MLflow keeps the full request and response, not the previews', async () => {
    expect(await landed('genai_raw_traces', 'request, response')).toEqual(
      expected((trace) => [trace.request, trace.response]),
    );
    const cut = await rows(
      'SELECT count(*)::INTEGER FROM genai_raw_traces WHERE length(request_preview) < length(request)',
    );
    expect(cut[0]?.[0]).toBeGreaterThan(5);
  });

  it("the copy of this MLflow counts the tokens of these texts as js-tiktoken's cl100k_base does", async () => {
    const oracle = getEncoding('cl100k_base');
    const count = (text: string | null): number | null => (text === null ? null : oracle.encode(text, [], []).length);
    expect(await landed('genai_processed_traces_gold', 'token_count_request, token_count_response')).toEqual(
      expected((trace) => [count(trace.request), count(trace.response)]),
    );
  });

  it('the copy of this MLflow has every span with its type and status, and every retrieved document', async () => {
    const spans = await rows(
      `SELECT trace_id, name, kind, status FROM genai_trace_spans
       WHERE trace_id <> '${logged.oversized.traceId}' ORDER BY trace_id, name`,
    );
    expect(spans).toEqual(
      logged.traces
        .toSorted((left, right) => (left.traceId < right.traceId ? -1 : 1))
        .flatMap((trace) =>
          trace.spans
            .toSorted((left, right) => (left.name < right.name ? -1 : 1))
            .map(({ name, kind, status }) => [trace.traceId, name, kind, status]),
        ),
    );
    expect(
      await landed('genai_processed_traces_gold', 'span_state, num_spans, num_retrieved_documents, status, error_type'),
    ).toEqual(expected((trace) => ['complete', trace.spans.length, trace.numDocuments, trace.status, trace.errorType]));
  });

  it('the copy of this MLflow has the times to the millisecond, and those of spans to the nanosecond', async () => {
    expect(await landed('genai_processed_traces_gold', 'start_time_ms, execution_time_ms')).toEqual(
      expected((trace) => [trace.startMs, trace.durationMs]),
    );
    const roots = await rows(
      `SELECT trace_id, epoch_us(start_time)::VARCHAR, duration_ms FROM genai_trace_spans
       WHERE name = 'handle' ORDER BY trace_id`,
    );
    expect(roots).toEqual(
      logged.traces
        .flatMap(({ traceId, exactNs }) => (exactNs === undefined ? [] : [[traceId, ...exactNs] as const]))
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([id, from, to]) => [id, String(BigInt(from) / 1000n), Number(BigInt(to) - BigInt(from)) / 1e6]),
    );
  });

  it('the copy of this MLflow has sessions, users and reported usage as they were logged', async () => {
    const columns = 'session_id, user_id, input_tokens, output_tokens, total_tokens';
    expect(await landed('genai_processed_traces_gold', columns)).toEqual(
      expected(({ sessionId, userId, usage }) => [
        ...[sessionId, userId],
        ...[usage?.input_tokens ?? null, usage?.output_tokens ?? null, usage?.total_tokens ?? null],
      ]),
    );
  });

  it('the copy of this MLflow has a trace in progress as one', async () => {
    const gold = await byTrace(
      'genai_processed_traces_gold',
      'status, start_time_ms, execution_time_ms, end_time, span_state, token_count_request, total_tokens',
    );
    const { traceId, startMs } = logged.unfinished;
    expect(gold.get(traceId)).toEqual(['IN_PROGRESS', startMs, null, null, 'missing', null, null]);
  });

  it('the copy of this MLflow has a trace with a number beyond 64 bits as far as the client stored it', async () => {
    const { traceId, request, response } = logged.oversized;
    const raw = (await byTrace('genai_raw_traces', 'request, response, span_state, num_spans')).get(traceId);
    if (compat.losesRoots === true) expect(raw?.slice(2)).toEqual(['partial', 1]);
    else expect(raw).toEqual([request, response, 'complete', 2]);
  });

  if (compat.hasAssessments) {
    it('the copy of this MLflow has a column for every metric, and every assessment in its table', async () => {
      for (const trace of logged.traces) {
        const { metrics = {}, numAssessments = 0, numAssessmentErrors = 0 } = trace;
        const columns = ['num_assessments', 'num_assessment_errors', ...Object.keys(metrics)];
        const [row] = await rows(
          `SELECT ${columns.join(', ')} FROM genai_processed_traces_gold WHERE trace_id = '${trace.traceId}'`,
        );
        expect(row).toEqual([numAssessments, numAssessmentErrors, ...Object.values(metrics)]);
      }
      const total = logged.traces.reduce((sum, trace) => sum + (trace.numAssessments ?? 0), 0);
      expect((await rows('SELECT count(*)::INTEGER FROM genai_trace_assessments')).flat()).toEqual([total]);
    });
  }

  it('the copy of this MLflow changes nothing in a second run, then exactly the traces that changed at the source', async () => {
    compat.onLanded?.(await projectionOf(pipeline, compat.hasAssessments));
    const written = (): Promise<Map<unknown, readonly unknown[]>> =>
      byTrace('genai_processed_traces_gold', 'committed_at::VARCHAR');
    const before = await written();
    expect((await backfill()).totals).toMatchObject({ inserted: 0, updated: 0, missing: 0, extra: 0 });
    expect(await written()).toEqual(before);

    const [tagged = '', assessed = ''] = logged.traces.map((trace) => trace.traceId);
    const change = { key: 'team', value: 'moved' };
    await mlflowRequest(clientUri(), 'PATCH', `/api/2.0/mlflow/traces/${tagged}/tags`, change);
    const changed = compat.hasAssessments ? [tagged, assessed] : [tagged];
    if (compat.hasAssessments) {
      await addAssessment(clientUri(), assessed, {
        assessment_name: 'late',
        source: { source_type: 'HUMAN', source_id: 'ann' },
        feedback: { value: 0.75 },
      });
      expect((await backfill()).totals).toMatchObject({ inserted: 0, updated: 2, missing: 0 });
      expect((await byTrace('genai_processed_traces_gold', 'metric_late_human')).get(assessed)).toEqual([0.75]);
    } else {
      expect((await backfill()).totals).toMatchObject({ inserted: 0, updated: 1, missing: 0 });
    }
    const after = await written();
    expect([...after.keys()].filter((id) => after.get(id)?.[0] !== before.get(id)?.[0]).toSorted()).toEqual(
      changed.toSorted(),
    );
    const tags = (await byTrace('genai_raw_traces', 'tags')).get(tagged)?.[0];
    expect(JSON.parse(String(tags))).toMatchObject({ team: 'moved', index: '0' });
  });
}
