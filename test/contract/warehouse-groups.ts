/** Contract: groups of traces are summed up where the tables are, session by session. */
import { describe, expect } from 'vitest';
import type { Measure, Split, TraceFilter } from '../../src/answers/questions.js';
import { clusteredMean } from '../../src/statistics/clustered-mean.js';
import type { LandedTraceRows } from '../../src/tables/rows.js';
import { defaultStartMs, landedTrace } from './staged-traces.js';
import type { ContractTest, Harness } from './warehouse-harness.js';

interface Asked {
  readonly release: string | null;
  readonly session: string | null;
  readonly value: number | null;
  readonly durationMs?: number;
  readonly failed?: boolean;
  readonly retriever?: string;
  readonly question?: string;
  readonly origin?: string;
}

/** Traces of an experiment, a minute apart. */
function tracesOf(experimentId: string, asked: readonly Asked[]): LandedTraceRows[] {
  return asked.map((one, index) =>
    landedTrace({
      experimentId,
      traceId: `tr-${String(index)}`,
      startTimeMs: defaultStartMs + index * 60_000,
      executionTimeMs: one.durationMs ?? 100,
      numbers: one.value === null ? {} : { metric_faithfulness: one.value },
      texts: { ...(one.release === null ? {} : { dim_release: one.release }), dim_retriever: one.retriever ?? 'new' },
      gold: {
        session_id: one.session,
        status: one.failed === true ? 'ERROR' : 'OK',
        trace_origin: one.origin ?? 'app',
        request_hash: one.question ?? String(index),
      },
    }),
  );
}

const split: Split = { column: 'dim_release', baseline: 'r1', candidate: 'r2' };
const faithfulness: Measure = { kind: 'column', name: 'metric_faithfulness' };
const filterOf = (experimentId: string): TraceFilter => ({ experimentId, origin: 'app', equals: [] });

export function groupSuite(harness: Harness, test: ContractTest): void {
  describe('groups of traces', () => {
    test('groups come in the order of their first trace, and a trace without a session is one of its own', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(
        ...tracesOf(experimentId, [
          { release: 'r9', session: 'a', value: 1 },
          { release: "r'1", session: 'b', value: 1 },
          { release: 'r9', session: 'a', value: 0 },
          { release: 'r9', session: null, value: null },
          { release: 'r9', session: 'a', value: 1, origin: 'judge' },
          { release: null, session: 'c', value: 1 },
        ]),
      );
      const found = await harness.warehouse.groups.traceGroups(filterOf(experimentId), 'dim_release', 10);
      expect(found).toEqual([
        {
          value: 'r9',
          firstStartMs: defaultStartMs,
          lastStartMs: defaultStartMs + 180_000,
          numTraces: 3,
          numSessions: 2,
          numTracesWithoutSession: 1,
        },
        {
          value: "r'1",
          firstStartMs: defaultStartMs + 60_000,
          lastStartMs: defaultStartMs + 60_000,
          numTraces: 1,
          numSessions: 1,
          numTracesWithoutSession: 0,
        },
      ]);
      const narrowed = {
        ...filterOf(experimentId),
        fromMs: defaultStartMs + 1,
        equals: [{ column: 'dim_release', value: "r'1" }],
      };
      expect(await harness.warehouse.groups.traceGroups(narrowed, 'dim_release', 10)).toHaveLength(1);
    });

    test('sums over sessions give the mean and what its uncertainty needs, without traces that have no value', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(
        ...tracesOf(experimentId, [
          { release: 'r1', session: 'a', value: 1 },
          { release: 'r1', session: 'a', value: 0.5, failed: true },
          { release: 'r1', session: 'b', value: 0 },
          { release: 'r1', session: 'c', value: null },
          { release: 'r2', session: 'a', value: 0.25 },
          { release: 'r3', session: 'a', value: 1 },
        ]),
      );
      const measures: Measure[] = [
        faithfulness,
        { kind: 'error' },
        { kind: 'atMost', name: 'metric_faithfulness', limit: 0.5 },
      ];
      const sums = await harness.warehouse.groups.groupSums(filterOf(experimentId), split, measures);
      const of = (group: string, measure: number) =>
        sums.find((one) => one.group === group && one.measure === measure)!;
      // Session a: 1.5 of 2 values, b: 0 of 1; mean 0.5. Residuals 1.5 - 1 = 0.5 and 0 - 0.5.
      expect(of('r1', 0)).toMatchObject({ numClusters: 2, numValues: 3, mean: 0.5 });
      expect(of('r1', 0).squaredResiduals).toBeCloseTo(0.5, 12);
      expect(clusteredMean(of('r1', 0))?.standardError).toBeCloseTo(Math.sqrt(2 * (0.5 / 9)), 12);
      expect(of('r1', 1)).toMatchObject({ numClusters: 3, numValues: 4, mean: 0.25 });
      expect(of('r1', 2).mean).toBeCloseTo(2 / 3, 12);
      expect(of('r2', 0)).toMatchObject({ numClusters: 1, numValues: 1, mean: 0.25, squaredResiduals: 0 });
      expect(sums.filter(({ group }) => group === 'r3')).toEqual([]);
    });

    test('quantiles of a group are values that occur, the smallest that has the share below it', async () => {
      const experimentId = harness.newExperiment();
      const durations = [500, 100, 400, 200, 300];
      await harness.commit(
        ...tracesOf(
          experimentId,
          durations.map((durationMs) => ({ release: 'r1', session: null, value: null, durationMs })),
        ),
      );
      const found = await harness.warehouse.groups.groupQuantiles(
        filterOf(experimentId),
        split,
        'execution_time_ms',
        [0, 0.5, 0.8, 0.81, 1],
      );
      expect(found).toEqual([{ group: 'r1', numValues: 5, values: [100, 300, 400, 500, 500] }]);
    });

    test('means within another column, and of questions that both groups answered, are told apart', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(
        ...tracesOf(experimentId, [
          { release: 'r1', session: 'a', value: 1, retriever: 'new', question: 'q1' },
          { release: 'r1', session: 'a', value: 0, retriever: 'old', question: 'q2' },
          { release: 'r1', session: 'b', value: 0.5, retriever: 'old', question: 'q1' },
          { release: 'r2', session: 'c', value: 0.25, retriever: 'old', question: 'q1' },
          { release: 'r2', session: 'c', value: 0.75, retriever: 'old', question: 'q3' },
        ]),
      );
      const strata = await harness.warehouse.groups.stratumMeans(filterOf(experimentId), split, 'dim_retriever', [
        faithfulness,
      ]);
      expect(strata).toEqual([
        { group: 'r1', measure: 0, stratum: 'new', numValues: 1, mean: 1 },
        { group: 'r1', measure: 0, stratum: 'old', numValues: 2, mean: 0.25 },
        { group: 'r2', measure: 0, stratum: 'old', numValues: 2, mean: 0.5 },
      ]);
      const pairs = await harness.warehouse.groups.answeredTwice(filterOf(experimentId), split, [faithfulness], 10);
      expect(pairs).toEqual([{ measure: 0, baseline: 0.75, candidate: 0.25 }]);
    });
  });
}
