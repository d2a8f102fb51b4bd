import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { planRetries } from '../../../../src/cli/commands/dead-letters/retry.js';

const anyLetter = fc.record({
  experiment_id: fc.constantFrom('1', '2', '3'),
  trace_id: fc.uuid(),
  start_time_ms: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
});

describe('the plan of a retry', () => {
  it('the plan of a retry has one run for each experiment, over the stretch that its dead letters span', () => {
    const letter = (experiment_id: string, trace_id: string, start_time_ms: number | bigint | null) => ({
      experiment_id,
      trace_id,
      start_time_ms,
    });
    expect(
      planRetries([letter('1', 'a', 30), letter('2', 'b', 7n), letter('1', 'c', 10), letter('3', 'd', null)]),
    ).toEqual([
      { experimentId: '1', fromMs: 10, toMs: 31, traceIds: ['a', 'c'] },
      { experimentId: '2', fromMs: 7, toMs: 8, traceIds: ['b'] },
      { experimentId: '3', fromMs: null, toMs: null, traceIds: ['d'] },
    ]);
    expect(planRetries([])).toEqual([]);
  });

  it('the plan of a retry leaves out no dead letter, and takes the whole experiment where a start is unknown', () => {
    fc.assert(
      fc.property(fc.array(anyLetter, { maxLength: 30 }), (letters) => {
        const plans = planRetries(letters);
        expect(plans.flatMap(({ traceIds }) => traceIds).toSorted()).toEqual(
          letters.map((one) => one.trace_id).toSorted(),
        );
        for (const one of letters) {
          const plan = plans.find(({ experimentId }) => experimentId === one.experiment_id);
          if (one.start_time_ms === null) expect(plan).toMatchObject({ fromMs: null, toMs: null });
          else if (plan?.fromMs !== null) {
            expect(plan?.fromMs).toBeLessThanOrEqual(one.start_time_ms);
            expect(plan?.toMs).toBeGreaterThan(one.start_time_ms);
          }
        }
      }),
    );
  });
});
