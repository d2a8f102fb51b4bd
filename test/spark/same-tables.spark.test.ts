/** The same history committed to DuckDB and to Delta gives the same tables, by Spark's word and by the files'. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDuckDbWarehouse } from '../../src/targets/duckdb/duckdb-warehouse.js';
import { createLocalStaging } from '../../src/targets/local-staging/local-staging.js';
import type { StagedTrace } from '../../src/tables/rows.js';
import { silentLog } from '../../src/log.js';
import type { Staging } from '../../src/targets/staging.js';
import type { Warehouse } from '../../src/targets/warehouse.js';
import { dumpTables } from '../contract/dump-tables.js';
import { deadLetter, landedTrace } from '../contract/staged-traces.js';
import { comparable } from './comparable-dump.js';
import { readDelta } from './delta-files.js';
import { openSparkTarget, type SparkTarget } from './open-spark-target.js';
import { freshSchema, missingSpark, startSparkWorkspace, type SparkWorkspace } from './spark-workspace.js';

const missing = missingSpark();
const later = Date.UTC(2026, 0, 3);

/** New traces, changed ones, late assessments, fewer spans, a failure that heals; odd texts, times and numbers. */
const history: readonly (readonly StagedTrace[])[] = [
  [
    landedTrace({ traceId: 'a', assessments: [{}, { name: 'tone', column_name: 'metric_tone', value_number: 0.25 }] }),
    landedTrace({
      traceId: 'b',
      numbers: { metric_helpfulness: 1, metric_tone: 0.1 },
      texts: { dim_team: "O'Brien `x` \\ ${env:HOME}" },
      spans: 4,
      documents: [{}, { score: null }, { document_uri: 'https://example.com/ä' }],
      raw: { request: '{"q":"it\'s \\n \\u2028 😀"}' },
    }),
    landedTrace({ traceId: 'ancient', startTimeMs: Date.UTC(1969, 6, 20, 20, 17, 40, 1), executionTimeMs: null }),
    landedTrace({ traceId: 'future', startTimeMs: Date.UTC(2260, 0, 1), executionTimeMs: 9_007_199_254 }),
    landedTrace({ traceId: 'unread', spanState: 'unknown' }),
    deadLetter({ traceId: 'failed' }),
  ],
  [
    landedTrace({ traceId: 'a', observedAtMs: later, sourceHash: 'h2', spans: 1, assessments: [{}] }),
    landedTrace({
      traceId: 'b',
      observedAtMs: later,
      sourceHash: 'h2',
      spanState: 'unknown',
      numbers: { metric_tone: 0.9 },
    }),
    landedTrace({ traceId: 'failed', observedAtMs: later }),
  ],
  [landedTrace({ traceId: 'a', assessments: [{}, {}] }), landedTrace({ traceId: 'unread', observedAtMs: later })],
];

describe.skipIf(missing !== null)(`one history in DuckDB and in Delta ${missing ?? ''}`, () => {
  const schema = freshSchema('same');
  let rig: SparkWorkspace;
  let delta: SparkTarget;
  let folder: string;
  let duckdb: { warehouse: Warehouse; staging: Staging };

  async function replay({ warehouse, staging }: { warehouse: Warehouse; staging: Staging }): Promise<void> {
    await warehouse.prepare();
    for (const [index, traces] of history.entries()) {
      const file = await staging.writeTraces(`same/run/w${index}/b.parquet`, traces);
      const manifest = { files: [file], locations: [staging.location(file.key)], maxMetricColumns: 300 };
      await warehouse.commit(manifest);
    }
  }

  beforeAll(async () => {
    rig = await startSparkWorkspace();
    delta = await openSparkTarget(rig.workspace, schema);
    folder = await mkdtemp(join(tmpdir(), 'tracelift-same-'));
    duckdb = {
      warehouse: await openDuckDbWarehouse({ path: join(folder, 'tables.duckdb'), log: silentLog }),
      staging: createLocalStaging({ root: join(folder, 'staging'), log: silentLog }),
    };
    await replay(duckdb);
    await replay(delta);
  });
  afterAll(async () => {
    await duckdb.warehouse.close();
    await duckdb.staging.close();
    await delta.close();
    await rig.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('one history in DuckDB and in Delta gives the same rows in every table', async () => {
    const [expected, found] = [await dumpTables(duckdb.warehouse), await dumpTables(delta.warehouse)];
    expect(Object.values(expected).flat().length).toBeGreaterThan(20);
    expect(comparable(found)).toEqual(comparable(expected));
  });

  it('the same commits give the same totals on Spark and on DuckDB', async () => {
    const [{ costUsd: expectedCost, ...expected }, { costUsd: foundCost, ...found }] = [
      await duckdb.warehouse.summary(),
      await delta.warehouse.summary(),
    ];
    expect(found).toEqual(expected);
    // Sums of fractions depend on their order in the last digit.
    expect(foundCost).toBeCloseTo(expectedCost ?? NaN, 12);
  });

  it('one history in DuckDB and in Delta leaves Delta files that another reader reads the same', async () => {
    const expected = await dumpTables(duckdb.warehouse);
    const found = await dumpTables(delta.warehouse, { read: (sql) => readDelta(rig.warehouseFolder, sql) });
    expect(comparable(found)).toEqual(comparable(expected));
  });
});
