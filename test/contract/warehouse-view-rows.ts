/** Contract: views of one row per turn, per failed span, and the names of experiments in all of them. */
import { describe, expect } from 'vitest';
import type { Span } from '../../src/trace/trace.js';
import { buildTraceRows } from '../../src/trace/process-trace.js';
import { anInfo, aSpan, complete, options } from '../trace/sample-trace.js';
import { defaultObservedAtMs, defaultStartMs, landedTrace } from './staged-traces.js';
import type { ContractTest, Harness } from './warehouse-harness.js';
import { examineTrace } from '../../src/trace/examine-trace.js';

const failedSpan = (id: string, parent: string | null, message: string, exceptions: Span['events']): Span => ({
  ...aSpan(id, parent, [0, 10], { 'mlflow.spanType': 'TOOL' }),
  status: 'ERROR',
  statusMessage: message,
  events: exceptions,
});

const exception = (type: string): Span['events'][number] => ({
  name: 'exception',
  timeNs: 1n,
  attributes: { 'exception.type': type, 'exception.message': `no "${type}"`, 'exception.stacktrace': 'at\n  line 1' },
});

export function viewRowSuite(harness: Harness, test: ContractTest): void {
  describe('turns, failures and names', () => {
    test('turns are numbered within their conversation by start, whatever order the traces came in', async () => {
      const experimentId = harness.newExperiment();
      const turn = (traceId: string, minute: number, tokens: number) =>
        landedTrace({
          ...{ experimentId, traceId, startTimeMs: defaultStartMs + minute * 60_000 },
          gold: { session_id: minute < 5 ? 's' : 'other', total_tokens: tokens },
        });
      await harness.commit(turn('third', 3, 400), turn('else', 9, 1));
      await harness.commit(turn('first', 1, 100));
      await harness.commit(turn('second', 2, 300));
      const sql = `SELECT session_id, turn, num_turns, trace_id, tokens_growth FROM genai_session_turns
WHERE experiment_id = '${experimentId}' ORDER BY session_id DESC, turn`;
      expect(await harness.query(sql)).toEqual([
        { session_id: 's', turn: 1, num_turns: 3, trace_id: 'first', tokens_growth: null },
        { session_id: 's', turn: 2, num_turns: 3, trace_id: 'second', tokens_growth: 200 },
        { session_id: 's', turn: 3, num_turns: 3, trace_id: 'third', tokens_growth: 100 },
        { session_id: 'other', turn: 1, num_turns: 1, trace_id: 'else', tokens_growth: null },
      ]);
    });

    test('failed spans show their message and each exception with its stack', async () => {
      const experimentId = harness.newExperiment();
      const [root, one, none] = ['00000000000000a1', '00000000000000b2', '00000000000000c3'] as const;
      const note = { name: 'note', timeNs: null, attributes: { 'exception.type': 'none' } };
      const spans = [
        aSpan(root, null, [0, 20], {}),
        failedSpan(one, root, 'the tool broke', [note, exception('KeyError'), exception('app.Late')]),
        failedSpan(none, root, 'cut off', []),
      ];
      const info = { ...anInfo, experimentId };
      await harness.commit(
        buildTraceRows({
          scope: { sourceId: 'mlflow', experimentId, experimentName: null },
          examined: examineTrace(info, complete(spans)),
          sourceHash: 'hash-1',
          observedAtMs: defaultObservedAtMs,
          spansObservedAtMs: defaultObservedAtMs,
          tokenCounts: { request: null, response: null },
          options,
        }),
      );
      const sql = `SELECT span_id, kind, status_message, exception_type, exception_message, exception_stack
FROM genai_span_errors WHERE experiment_id = '${experimentId}' ORDER BY span_id, exception_type`;
      const failure = { kind: 'TOOL', status_message: 'the tool broke', exception_stack: 'at\n  line 1' };
      expect(await harness.query(sql)).toEqual([
        { span_id: one, ...failure, exception_type: 'KeyError', exception_message: 'no "KeyError"' },
        { span_id: one, ...failure, exception_type: 'app.Late', exception_message: 'no "app.Late"' },
        {
          ...{ span_id: none, kind: 'TOOL', status_message: 'cut off' },
          ...{ exception_type: null, exception_message: null, exception_stack: null },
        },
      ]);
    });

    test('a renamed experiment has its newest name in every row of the views', async () => {
      const experimentId = harness.newExperiment();
      const named = (traceId: string, name: string | null, second: number) =>
        landedTrace({
          ...{ experimentId, traceId, observedAtMs: defaultObservedAtMs + second * 1000 },
          gold: { experiment_name: name, session_id: 's' },
        });
      await harness.commit(named('new', 'checkout', 2), named('old', 'draft', 1), named('unknown', null, 3));
      for (const view of ['genai_session_turns', 'genai_sessions', 'genai_cost_daily']) {
        const sql = `SELECT DISTINCT experiment_name FROM ${view} WHERE experiment_id = '${experimentId}'`;
        expect([view, await harness.query(sql)]).toEqual([view, [{ experiment_name: 'checkout' }]]);
      }
    });
  });
}
