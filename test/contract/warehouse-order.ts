/** Contract: the tables end the same whatever the order of commits. */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { spanStatesInOrder } from '../../src/tables/commit-rules.js';
import { landedTrace } from './staged-traces.js';
import type { ContractTest, Harness } from './warehouse-harness.js';
import { withoutExperiment } from './warehouse-landing.js';

/** One observation of one trace. Equal parts have equal contents, as they have at a real source. */
interface Observation {
  readonly trace: number;
  readonly second: number;
  /** By how many seconds its spans are older: they were read for an earlier observation. */
  readonly spansAge: number;
  readonly hash: string;
  readonly spanState: 'complete' | 'partial' | 'missing' | 'unknown';
  readonly numSpans: number;
  readonly assessments: readonly { readonly id: number; readonly version: number }[];
}

const observation: fc.Arbitrary<Observation> = fc.record({
  trace: fc.integer({ min: 1, max: 2 }),
  second: fc.integer({ min: 1, max: 4 }),
  spansAge: fc.integer({ min: 0, max: 1 }),
  hash: fc.constantFrom('a', 'b'),
  spanState: fc.constantFrom('complete', 'partial', 'missing', 'unknown'),
  numSpans: fc.integer({ min: 1, max: 3 }),
  assessments: fc.uniqueArray(
    fc.record({ id: fc.integer({ min: 1, max: 2 }), version: fc.integer({ min: 1, max: 2 }) }),
    { maxLength: 2, selector: ({ id }) => id },
  ),
});

const observedAtMs = (second: number): number => Date.UTC(2026, 0, 2, 0, 0, second);

/** An info is one thing: two observations of a trace in one second with one hash show the same assessments. */
const history = fc.uniqueArray(observation, {
  minLength: 1,
  maxLength: 5,
  selector: ({ trace, second, hash }) => `${trace}-${second}-${hash}`,
});

function staged(experimentId: string, one: Observation) {
  const { second, hash, spanState } = one;
  const readAt = second - one.spansAge;
  const numSpans = spanState === 'complete' || spanState === 'partial' ? one.numSpans : 0;
  return landedTrace({
    experimentId,
    traceId: `tr-${one.trace}`,
    observedAtMs: observedAtMs(second),
    spansObservedAtMs: observedAtMs(readAt),
    sourceHash: hash,
    spanState,
    spans: Array.from({ length: numSpans }, (_, index) => ({ name: `${index} of ${readAt}` })),
    documents: spanState === 'complete' ? Array.from({ length: numSpans - 1 }, () => ({ score: readAt })) : [],
    numbers: second % 2 === 0 ? { metric_even: second } : {},
    assessments: one.assessments.map(({ id, version }) => ({
      assessment_id: `a-${id}`,
      last_update_time_ms: version,
      rationale: `seen at ${second}`,
    })),
    gold: { status: `${second}${hash}`, error_type: `${spanState} ${readAt} ${numSpans}` },
  });
}

/** What gold must show of each trace: its newest observation, and the fullest state in which its spans were ever read. */
function greatest(observations: readonly Observation[]) {
  const traces = [...new Set(observations.map(({ trace }) => trace))].toSorted((a, b) => a - b);
  return traces.map((trace) => {
    const own = observations.filter((one) => one.trace === trace);
    const fullest = Math.max(...own.map(({ spanState }) => spanStatesInOrder.indexOf(spanState)));
    return {
      traceId: `tr-${trace}`,
      observedAtMs: observedAtMs(Math.max(...own.map(({ second }) => second))),
      spanState: spanStatesInOrder[fullest],
    };
  });
}

/** When an id was first found missing depends on what had been seen by then; that it is missing does not. */
function comparable(dump: Awaited<ReturnType<Harness['dump']>>) {
  const { assessments = [], ...others } = dump;
  const whetherDeleted = assessments.map((row) => ({ ...row, deleted_at: row['deleted_at'] !== null }));
  return withoutExperiment({ ...others, assessments: whetherDeleted });
}

export function orderSuite(harness: Harness, test: ContractTest): void {
  describe('order of commits', () => {
    test('any order, repetition and grouping of the same observations ends in the same tables', async () => {
      const otherWay = (length: number) =>
        fc.record({
          order: fc.shuffledSubarray([...Array(length).keys()], { minLength: length }),
          repeated: fc.array(fc.nat({ max: length - 1 }), { maxLength: 3 }),
          commitSize: fc.integer({ min: 1, max: 3 }),
        });
      const property = fc.asyncProperty(
        history.chain((observations) => fc.tuple(fc.constant(observations), otherWay(observations.length))),
        async ([observations, { order, repeated, commitSize }]) => {
          const [straight, shuffled] = [harness.newExperiment(), harness.newExperiment()];
          for (const one of observations) await harness.commit(staged(straight, one));
          const files = [...order, ...repeated].map((index) => [staged(shuffled, observations[index]!)]);
          for (let at = 0; at < files.length; at += commitSize) {
            await harness.commitFiles(files.slice(at, at + commitSize));
          }
          expect(comparable(await harness.dump(shuffled))).toEqual(comparable(await harness.dump(straight)));
          const scope = { sourceId: 'mlflow', experimentId: shuffled };
          const ids = ['tr-1', 'tr-2'];
          const raw = new Map((await harness.warehouse.readRaw(scope, ids)).map((row) => [row.trace_id, row]));
          const shown = (await harness.warehouse.landed(scope, ids)).map(({ traceId, spanState }) => {
            const observedAtMs = Number(raw.get(traceId)?.observed_at) / 1000;
            return { traceId, observedAtMs, spanState };
          });
          expect(shown).toEqual(greatest(observations));
        },
      );
      await fc.assert(property, { numRuns: harness.propertyRuns });
    }, 600_000);
  });
}
