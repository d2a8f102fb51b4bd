import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import type { Dump } from '../contract/dump-tables.js';
import { isAnySearch, isListing, isSpanBatch } from '../fakes/faulty-mlflow.js';
import type { Fault } from '../fakes/faulty-mlflow.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { seedTraces } from '../servers/seed.js';
import { expectNothingWrong, failureOf, openFaultBench } from './fault-bench.js';
import type { FaultBench } from './fault-bench.js';

const numTraces = 22;

const answer = (status: number, body: string): Fault => ({ kind: 'answer', status, body });

describeWith(['mlflow', 'temporal'], 'a copy whose address leads to another server from some moment on', () => {
  let bench: FaultBench;
  let undisturbed: Dump;
  let otherId: string;

  beforeAll(async () => {
    bench = await openFaultBench({ mlflow: mlflowUri(), temporal: temporalAddress() }, { numTraces });
    const target = bench.newTarget();
    await bench.copy(target);
    undisturbed = await bench.tables(target);
    const other = { address: mlflowUri(), textBytes: 600, numTraces: 40, seed: 9 };
    otherId = (await seedTraces({ ...other, experimentName: `other-${bench.seeded.experimentId}` })).experimentId;
  });

  afterEach(() => bench.proxy.heal());

  afterAll(() => bench.close());

  /** The same experiment id there is another experiment. */
  const elsewhere = (): Fault => {
    const { experimentId } = bench.seeded;
    const swap = (text: string, from: string, to: string): string =>
      text
        .replace(new RegExp(`("experiment_ids?": ?\\[?")${from}"`, 'g'), `$1${to}"`)
        .replace(new RegExp(`(experiment_ids?=)${from}(?!\\d)`, 'g'), `$1${to}`);
    return {
      kind: 'edit',
      request: ({ url, body }) => ({ url: swap(url, experimentId, otherId), body: swap(body, experimentId, otherId) }),
      answer: (body) => swap(body, otherId, experimentId),
    };
  };

  it.each([
    ['while it lists', isListing, 4],
    ['while spans are read', isSpanBatch, 3],
  ] as const)(
    'a copy whose address leads to another server from some moment on stops before a trace of the other one lands: %s',
    async (_, when, nth) => {
      const target = bench.newTarget();
      bench.proxy.before(when, async (call) => {
        if (call === nth) bench.proxy.inject({ on: () => true, fault: elsewhere() });
      });
      const { code, message } = await failureOf(bench.copy(target));
      expect(code).toBe('SourceChanged');
      expect(message).toContain(`experiment ${bench.seeded.experimentId} there is not the one that the run began with`);
      expectNothingWrong(await bench.tables(target), undisturbed);
      bench.proxy.heal();
      await bench.copy(target);
      expect(await bench.tables(target)).toEqual(undisturbed);
    },
  );

  it('a copy whose address leads to another server from some moment on is refused where the address leads to the other one from the next run on, until the user says that it is the same', async () => {
    const target = bench.newTarget();
    await bench.copy(target);
    bench.proxy.inject({ on: () => true, fault: elsewhere() });
    const { code, message } = await failureOf(bench.copy(target));
    expect(code).toBe('SourceChanged');
    expect(message).toMatch(
      /was made at \S+Z, and the one whose rows the tables hold at \S+Z.*--accept-changed-source/,
    );
    expect(await bench.tables(target)).toEqual(undisturbed);
    expect((await bench.copy(target, { acceptChangedSource: true })).totals).toMatchObject({ inserted: 40 });
    // What was accepted is what later runs compare with.
    bench.proxy.heal();
    expect((await failureOf(bench.copy(target))).code).toBe('SourceChanged');
  });

  it('a copy whose address leads to another server from some moment on stops when the other one has no such experiment, and takes no trace without spans from it', async () => {
    const target = bench.newTarget();
    const gone = JSON.stringify({ error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'no such thing' });
    bench.proxy.before(isSpanBatch, async (call) => {
      if (call !== 2) return;
      bench.proxy.inject({ on: isAnySearch, fault: answer(200, '{}') });
      bench.proxy.inject({ on: ({ url }) => !url.startsWith('/version'), fault: answer(404, gone) });
    });
    expect((await failureOf(bench.copy(target))).code).toBe('SourceChanged');
    expectNothingWrong(await bench.tables(target), undisturbed);
    bench.proxy.heal();
    await bench.copy(target);
    expect(await bench.tables(target)).toEqual(undisturbed);
  });
});
