/** The columns and the catalogue of metrics follow from what was copied, never from how it came. */
import { noPrices } from '../../src/prices/price-list.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openDuckDbWarehouse } from '../../src/targets/duckdb/duckdb-warehouse.js';
import { createLocalStaging } from '../../src/targets/local-staging/local-staging.js';
import type { StagedTrace } from '../../src/tables/rows.js';
import type { Assessment } from '../../src/trace/trace.js';
import { buildTraceRows } from '../../src/trace/process-trace.js';
import { sourceHash } from '../../src/trace/source-hash.js';
import { silentLog } from '../../src/log.js';
import type { Staging } from '../../src/targets/staging.js';
import type { StagedFile } from '../../src/copy/process/messages.js';
import { feedback, storedTrace } from '../fakes/memory-source.js';
import { assessment } from '../trace/arbitrary-trace.js';
import { dumpTables } from './dump-tables.js';
import { dynamicColumns } from './warehouse-harness.js';
import { examineTrace } from '../../src/trace/examine-trace.js';

/** Names that become one column, that collide with the endings tracelift gives, and any others. */
const rawName = fc.oneof(
  fc.constantFrom(
    'Relevance',
    'relevance',
    'rele vance',
    'rele_vance',
    'rele-vance',
    'x',
    'x_label',
    'x_human',
    'X label',
  ),
  fc.string({ minLength: 1, maxLength: 8 }),
);

const oneTrace = fc.uniqueArray(assessment({ name: rawName }), {
  maxLength: 4,
  selector: ({ assessmentId }) => assessmentId,
});

const properties = { numRuns: 12 };
/** Far above the names that a run comes up with: which ones are below a limit does depend on the order. */
const maxMetricColumns = 1000;

describe('metric columns and their catalogue', () => {
  let folder: string;
  let staging: Staging;
  let number = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelift-columns-'));
    staging = createLocalStaging({ root: join(folder, 'staging'), log: silentLog });
  });

  afterAll(async () => {
    await staging.close();
    await rm(folder, { recursive: true });
  });

  function rowsOf(index: number, experimentId: string, assessments: readonly Assessment[]): StagedTrace {
    const { info, reading } = storedTrace(index, { experimentId, assessments: [...assessments] });
    return buildTraceRows({
      scope: { sourceId: 'mlflow', experimentId, experimentName: null },
      examined: examineTrace(info, reading),
      sourceHash: sourceHash(info),
      observedAtMs: Date.UTC(2026, 0, 2),
      spansObservedAtMs: Date.UTC(2026, 0, 2),
      tokenCounts: { request: 1, response: 1 },
      options: { encoding: 'cl100k_base', dimensions: [], metrics: [], prices: noPrices, userIdHashKey: null },
    });
  }

  /** Fresh tables with these commits, each a list of files. */
  async function columnsAfter(commits: readonly (readonly (readonly StagedTrace[])[])[]) {
    number += 1;
    const path = join(folder, `${String(number)}.duckdb`);
    const warehouse = await openDuckDbWarehouse({ path, log: silentLog });
    try {
      await warehouse.prepare();
      for (const files of commits) {
        const staged: StagedFile[] = [];
        for (const traces of files) {
          number += 1;
          staged.push(await staging.writeTraces(`run/one/w0/b${String(number)}.parquet`, traces));
        }
        const locations = staged.map(({ key }) => staging.location(key));
        await warehouse.commit({ files: staged, locations, maxMetricColumns });
      }
      return {
        columns: await dynamicColumns(warehouse),
        ...(await dumpTables(warehouse, { roles: ['catalog'] })),
      };
    } finally {
      await warehouse.close();
    }
  }

  it('metric columns and their catalogue are the same for any order of pages, batches and windows, and for any split across experiments', async () => {
    const traces = fc.array(oneTrace, { minLength: 2, maxLength: 6 });
    const otherWay = (length: number) =>
      fc.record({
        order: fc.shuffledSubarray([...Array(length).keys()], { minLength: length }),
        experiments: fc.array(fc.constantFrom('1', '2', '3'), { minLength: length, maxLength: length }),
        batch: fc.integer({ min: 1, max: 3 }),
        window: fc.integer({ min: 1, max: 2 }),
      });
    await fc.assert(
      fc.asyncProperty(
        traces.chain((all) => fc.tuple(fc.constant(all), otherWay(all.length))),
        async ([all, { order, experiments, batch, window }]) => {
          const straight = await columnsAfter([[all.map((one, index) => rowsOf(index, '1', one))]]);
          const shuffled = order.map((index) => rowsOf(index, experiments[index] ?? '1', all[index] ?? []));
          const other = await columnsAfter(chunks(chunks(shuffled, batch), window));
          expect(other).toEqual(straight);
        },
      ),
      properties,
    );
  }, 120_000);

  it('metric columns and their catalogue have one column for names that differ in case and punctuation alone, whichever comes first', async () => {
    const [one, two] = [feedback('Answer quality', 0.5), feedback('answer-quality', 0.7)];
    const both = await Promise.all([
      columnsAfter([[[rowsOf(0, '1', [one])]], [[rowsOf(1, '1', [two])]]]),
      columnsAfter([[[rowsOf(0, '1', [two])]], [[rowsOf(1, '1', [one])]]]),
    ]);
    expect(both[0]).toEqual(both[1]);
    expect(both[0].columns.map(({ name }) => name)).toEqual(['metric_answer_quality']);
  });
});

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
