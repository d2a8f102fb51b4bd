/** Contract: what a commit does to the rows of traces. */
import { describe, expect } from 'vitest';
import type { CommitStep } from '../../src/targets/warehouse.js';
import type { Dump } from './dump-tables.js';
import { landedTrace, type TraceSketch } from './staged-traces.js';
import type { ContractTest, Harness } from './warehouse-harness.js';

const second = (n: number): number => Date.UTC(2026, 0, 2, 0, 0, n);

export function landingSuite(harness: Harness, test: ContractTest): void {
  describe('landing traces', () => {
    test('a commit that is repeated changes nothing', async () => {
      const experimentId = harness.newExperiment();
      const traces = ['a', 'b', 'c'].map((traceId) =>
        landedTrace({ experimentId, traceId, documents: [{}], assessments: [{}], numbers: { metric_helpfulness: 1 } }),
      );
      const manifest = harness.manifest([await harness.stage(traces)]);
      expect(await harness.warehouse.commit(manifest)).toMatchObject({ inserted: 3, updated: 0 });
      const before = await harness.dump(experimentId);
      expect(await harness.warehouse.commit(manifest)).toMatchObject({ inserted: 0, updated: 0 });
      expect(await harness.dump(experimentId)).toEqual(before);
      expect(before['gold']).toHaveLength(3);
    });

    test('an older version never replaces a newer one', async () => {
      const experimentId = harness.newExperiment();
      const version = (n: number, sourceHash: string) =>
        landedTrace({ experimentId, observedAtMs: second(n), sourceHash, raw: { status: `S${n}` }, spans: n });
      await harness.commit(version(5, 'h5'));
      const before = await harness.dump(experimentId);
      expect(await harness.commit(version(4, 'z4'))).toMatchObject({ inserted: 0, updated: 0 });
      expect(await harness.dump(experimentId)).toEqual(before);
      expect(await harness.commit(version(6, 'a6'))).toMatchObject({ inserted: 0, updated: 1 });
      const after = await harness.dump(experimentId);
      expect(after['gold']).toMatchObject([{ source_hash: 'a6', num_spans: 6 }]);
      expect(after['raw']).toMatchObject([{ source_hash: 'a6', status: 'S6' }]);
      expect(after['spans']).toHaveLength(6);
    });

    test('of two versions of a trace listed in the same second the one with the greater hash stays', async () => {
      const experimentId = harness.newExperiment();
      const version = (sourceHash: string, total_tokens: number) =>
        landedTrace({ experimentId, sourceHash, spanState: 'missing', gold: { total_tokens } });
      await harness.commit(version('b', 2));
      await harness.commit(version('a', 1));
      expect(await harness.rows('gold', experimentId)).toMatchObject([{ source_hash: 'b', total_tokens: 2 }]);
      await harness.commit(version('c', 3));
      expect(await harness.rows('gold', experimentId)).toMatchObject([{ source_hash: 'c', total_tokens: 3 }]);
    });

    test('processing the same version anew replaces its rows, also when the new process version sorts lower', async () => {
      const experimentId = harness.newExperiment();
      const version = (processVersion: string, costUsd: number) =>
        landedTrace({ experimentId, processVersion, spans: [{ cost_usd: costUsd }], gold: { cost_usd: costUsd } });
      await harness.commit(version('p2', 1));
      expect(await harness.commit(version('p1', 2))).toMatchObject({ updated: 1 });
      expect(await harness.rows('gold', experimentId)).toMatchObject([{ process_version: 'p1', cost_usd: 2 }]);
      expect(await harness.rows('spans', experimentId)).toMatchObject([{ cost_usd: 2 }]);
    });

    test('a key in two files of one commit gives one row, the newest', async () => {
      const experimentId = harness.newExperiment();
      const version = (n: number) =>
        landedTrace({ experimentId, observedAtMs: second(n), sourceHash: `h${n}`, spans: n, documents: [{}] });
      expect(await harness.commitFiles([[version(2), version(2)], [version(3)], [version(1)]])).toMatchObject({
        inserted: 1,
        updated: 0,
      });
      const dump = await harness.dump(experimentId);
      expect(dump['gold']).toMatchObject([{ source_hash: 'h3', num_spans: 3 }]);
      expect(dump['raw']).toMatchObject([{ source_hash: 'h3' }]);
      expect(dump['spans']).toHaveLength(3);
      expect(dump['documents']).toHaveLength(1);
    });

    test('a span that is twice in its trace gives one row', async () => {
      const experimentId = harness.newExperiment();
      const span_id = 'aaaaaaaaaaaaaaaa';
      await harness.commit(landedTrace({ experimentId, spans: [{ span_id }, { span_id, name: 'again' }] }));
      expect(await harness.rows('spans', experimentId)).toMatchObject([{ span_id, name: 'step 0' }]);
    });

    test('spans and documents that a newer version no longer has are gone', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(landedTrace({ experimentId, observedAtMs: second(1), spans: 5, documents: [{}, {}, {}] }));
      await harness.commit(
        landedTrace({ experimentId, observedAtMs: second(2), spans: 2, documents: [{ document_id: 'new' }] }),
        landedTrace({ experimentId, traceId: 'tr-2', spans: 4 }),
      );
      const spans = await harness.rows('spans', experimentId);
      expect(spans.filter(({ trace_id }) => trace_id === 'tr-1')).toHaveLength(2);
      expect(spans.filter(({ trace_id }) => trace_id === 'tr-2')).toHaveLength(4);
      expect(await harness.rows('documents', experimentId)).toMatchObject([{ rank: 1, document_id: 'new' }]);
    });

    test('a metric that the newer version lacks becomes NULL again', async () => {
      const experimentId = harness.newExperiment();
      const numbers = { metric_kept: 1, metric_gone: 2 };
      await harness.commit(landedTrace({ experimentId, observedAtMs: second(1), numbers, texts: { dim_env: 'prod' } }));
      await harness.commit(landedTrace({ experimentId, observedAtMs: second(2), numbers: { metric_kept: 3 } }));
      expect(await harness.rows('gold', experimentId)).toMatchObject([
        { metric_kept: 3, metric_gone: null, dim_env: null },
      ]);
    });

    let clean: Promise<Dump> | undefined;
    /** What both rounds give when nothing dies; made once, since it is the same each time. */
    const whole = (): Promise<Dump> => {
      const commitBoth = async (experimentId: string): Promise<Dump> => {
        for (const round of [1, 2] as const) await harness.commit(...history(experimentId, round));
        return harness.dump(experimentId);
      };
      return (clean ??= commitBoth(harness.newExperiment()));
    };

    for (const step of steps) {
      test(`a commit that dies before "${step}" is completed by the next one`, async () => {
        const broken = harness.newExperiment();
        await harness.commit(...history(broken, 1));
        const files = [history(broken, 2).slice(0, 1), history(broken, 2).slice(1)];
        const died = harness.commitFiles(files, {
          onStep: (reached) => {
            if (reached === step) throw new Error('the process dies here');
          },
        });
        await expect(died).rejects.toThrow('the process dies here');
        await harness.commitFiles(files);
        expect(withoutExperiment(await harness.dump(broken))).toEqual(withoutExperiment(await whole()));
      });
    }
  });

  spanStateSuite(harness, test);
}

const steps: readonly CommitStep[] = [
  'check',
  'columns',
  'assessments',
  'spans',
  'documents',
  'attachments',
  'catalog',
  'raw',
  'deadLetters',
  'gold',
];

/** Two rounds of three traces: one that shrinks and loses an assessment, one unchanged, one new. */
const history = (experimentId: string, round: 1 | 2) => {
  const sketches: TraceSketch[] = [
    round === 1
      ? {
          traceId: 'a',
          spans: 4,
          documents: [{}, {}],
          attachments: [{}, {}],
          assessments: [{}, {}],
          numbers: { metric_helpfulness: 1 },
        }
      : {
          traceId: 'a',
          spans: 2,
          documents: [{}],
          attachments: [{}],
          assessments: [{}],
          numbers: { metric_tone: 0.5 },
        },
    { traceId: 'b' },
    ...(round === 1 ? [] : [{ traceId: 'c', assessments: [{}] }]),
  ];
  return sketches.map((sketch) =>
    landedTrace({ ...sketch, experimentId, observedAtMs: second(round), sourceHash: `h${round}` }),
  );
};

/** A dump in which the experiment has no name, so that two experiments can be compared. */
export function withoutExperiment(dump: Awaited<ReturnType<Harness['dump']>>) {
  return Object.fromEntries(
    Object.entries(dump).map(([role, rows]) => [role, rows.map((row) => ({ ...row, experiment_id: '' }))]),
  );
}

function spanStateSuite(harness: Harness, test: ContractTest): void {
  describe('span state', () => {
    test('a newer version that could not read the spans keeps those that were read, and takes its info', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(
        landedTrace({ experimentId, observedAtMs: second(1), spans: 3, documents: [{}], numbers: { metric_kept: 1 } }),
      );
      await harness.commit(
        landedTrace({
          experimentId,
          observedAtMs: second(2),
          sourceHash: 'hash-2',
          spanState: 'missing',
          numbers: { metric_kept: 2 },
          gold: { status: 'ERROR', trace_name: null },
        }),
      );
      const dump = await harness.dump(experimentId);
      expect(dump['gold']).toMatchObject([
        {
          span_state: 'complete',
          num_spans: 3,
          token_count_request: 9,
          cost_usd: 0.0015,
          cost_missing_reason: null,
          trace_name: 'answer',
          status: 'ERROR',
          source_hash: 'hash-2',
          metric_kept: 2,
        },
      ]);
      expect(dump['raw']).toMatchObject([{ span_state: 'complete', num_spans: 3, source_hash: 'hash-2' }]);
      expect(dump['raw']?.[0]?.['request']).not.toBeNull();
      expect(dump['spans']).toHaveLength(3);
      expect(dump['documents']).toHaveLength(1);
      expect(await harness.warehouse.landed({ sourceId: 'mlflow', experimentId }, ['tr-1'])).toMatchObject([
        { sourceHash: 'hash-2', spanState: 'complete' },
      ]);
      const [raw] = await harness.warehouse.readRaw({ sourceId: 'mlflow', experimentId }, ['tr-1']);
      expect(Number(raw?.observed_at)).toBe(second(2) * 1000);
    });

    test('a newer info over spans that were read before says when they were read, and leaves none behind', async () => {
      const experimentId = harness.newExperiment();
      const readAt = second(1);
      await harness.commit(landedTrace({ experimentId, observedAtMs: readAt, spans: 3 }));
      await harness.commit(
        landedTrace({
          ...{
            experimentId,
            observedAtMs: second(2),
            spansObservedAtMs: readAt,
            sourceHash: 'h2',
            processVersion: 'p2',
          },
          ...{ spans: [{ cost_usd: 7 }, {}, {}], gold: { status: 'ERROR' } },
        }),
      );
      const dump = await harness.dump(experimentId);
      expect(dump['gold']).toMatchObject([{ source_hash: 'h2', status: 'ERROR', process_version: 'p2' }]);
      const [gold] = dump['gold'] ?? [];
      const [raw] = dump['raw'] ?? [];
      expect(gold?.['spans_observed_at']).not.toEqual(gold?.['observed_at']);
      expect(raw?.['spans_observed_at']).toEqual(gold?.['spans_observed_at']);
      for (const span of dump['spans'] ?? []) expect(span['spans_observed_at']).toEqual(gold?.['spans_observed_at']);
      expect((dump['spans'] ?? []).map((span) => span['cost_usd'])).toEqual([7, null, null]);
    });

    test('an older version that read more spans gives them to the newer info', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(
        landedTrace({ experimentId, observedAtMs: second(2), sourceHash: 'h2', spanState: 'unknown' }),
      );
      await harness.commit(landedTrace({ experimentId, observedAtMs: second(1), sourceHash: 'h1', spans: 3 }));
      const dump = await harness.dump(experimentId);
      expect(dump['gold']).toMatchObject([{ source_hash: 'h2', span_state: 'complete', num_spans: 3 }]);
      expect(dump['spans']).toHaveLength(3);
    });

    test('the newest info and the fullest spans of one commit go together', async () => {
      const experimentId = harness.newExperiment();
      await harness.commitFiles([
        [landedTrace({ experimentId, observedAtMs: second(3), sourceHash: 'h3', spanState: 'missing' })],
        [landedTrace({ experimentId, observedAtMs: second(2), sourceHash: 'h2', spans: 3, documents: [{}] })],
        [landedTrace({ experimentId, observedAtMs: second(1), sourceHash: 'h1', spans: 4 })],
      ]);
      const dump = await harness.dump(experimentId);
      expect(dump['gold']).toMatchObject([{ source_hash: 'h3', span_state: 'complete', num_spans: 3 }]);
      expect(dump['raw']).toMatchObject([{ source_hash: 'h3', span_state: 'complete', num_spans: 3 }]);
      expect(dump['spans']).toHaveLength(3);
      expect(dump['documents']).toHaveLength(1);
    });

    test('a fuller reading replaces a partial one', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(landedTrace({ experimentId, observedAtMs: second(1), spanState: 'partial', spans: 1 }));
      await harness.commit(landedTrace({ experimentId, observedAtMs: second(2), spanState: 'complete', spans: 4 }));
      const dump = await harness.dump(experimentId);
      expect(dump['gold']).toMatchObject([{ span_state: 'complete', num_spans: 4 }]);
      expect(dump['spans']).toHaveLength(4);
    });
  });
}
