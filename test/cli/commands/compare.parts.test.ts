import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { openDuckDbWarehouse } from '../../../src/targets/duckdb/duckdb-warehouse.js';
import { createLocalStaging } from '../../../src/targets/local-staging/local-staging.js';
import { silentLog } from '../../../src/log.js';
import { defaultStartMs, landedTrace } from '../../contract/staged-traces.js';
import { newFolder, tracelift, type Outcome } from '../command-line.js';
import { loadConfig } from '../../../src/config/index.js';
import { createRuntime, type Runtime } from '../../../src/wiring/index.js';

/** Three releases of 200 traces in sessions of four; in the last one faithfulness fell. */
async function landReleases(folder: string): Promise<void> {
  const staging = createLocalStaging({ root: join(folder, 'staging'), log: silentLog });
  const warehouse = await openDuckDbWarehouse({ path: join(folder, 'tracelift.duckdb'), log: silentLog });
  await warehouse.prepare();
  const traces = Array.from({ length: 600 }, (_, index) => {
    const release = `r${String(Math.floor(index / 200))}`;
    const ripple = ((index * 7919) % 100) / 500;
    return landedTrace({
      traceId: `tr-${String(index)}`,
      startTimeMs: defaultStartMs + index * 60_000,
      executionTimeMs: 500 + ((index * 31) % 400),
      numbers: { metric_faithfulness: (release === 'r2' ? 0.7 : 0.8) + ripple },
      texts: { dim_release: release, dim_name: '<b>"; DROP TABLE' },
      gold: {
        session_id: `s-${String(Math.floor(index / 4))}`,
        status: index % 25 === 0 ? 'ERROR' : 'OK',
        trace_origin: 'app',
      },
    });
  });
  const file = await staging.writeTraces('made/run/w0/b1.parquet', traces);
  await warehouse.commit({ files: [file], locations: [staging.location(file.key)], maxMetricColumns: 300 });
  await warehouse.close();
  await staging.close();
}

describe('tracelift compare', () => {
  let folder: string;
  let runtime: Runtime;

  beforeAll(async () => {
    folder = newFolder();
    await landReleases(folder);
    runtime = createRuntime(loadConfig({ env: { TRACELIFT_DATA: folder }, cwd: folder }), { log: silentLog });
  });

  afterAll(() => runtime.close());

  const asked = (...flags: readonly string[]): Promise<Outcome> =>
    tracelift(['compare', ...flags], {
      env: { TRACELIFT_DATA: folder },
      runtime: { readTarget: (name) => runtime.readTarget(name) },
    });

  it('tracelift compare compares the last two releases by itself, and says in one sentence what fell and how sure that is', async () => {
    const { code, stdout, stderr } = await asked();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Compared by dim_release; --by chooses another column.');
    expect(stdout).toMatch(
      /^faithfulness +0\.899 +0\.799 +-0\.1 +-11\.1 % +-0\.1\d+ to -0\.0\d+ +< 0\.001 +200 \/ 200 +worse/m,
    );
    expect(stdout).toMatch(/^error_rate .* undecided/m);
    expect(stdout).toMatch(
      /^faithfulness fell from 0\.899 to 0\.799 \(400 traces, 95 % interval -0\.1\d+ to -0\.0\d+\)\.$/m,
    );
  });

  it('tracelift compare takes the groups, the metric and the traces that it is asked for, and gives the same as JSON', async () => {
    const groups = ['--by', 'dim:release', '--baseline', 'r0', '--candidate', 'r1'];
    const chosen = ['--metric', 'faithfulness', '--where', 'dim:name=<b>"; DROP TABLE', '--margin', '0.05'];
    const { code, stdout } = await asked(...groups, ...chosen, '--json');
    expect(code).toBe(0);
    const model = JSON.parse(stdout) as {
      comparison: { measures: { name: string; verdict: string; qvalue: number }[] };
    };
    expect(model.comparison.measures).toMatchObject([{ name: 'faithfulness', verdict: 'not worse' }]);
  });

  it.each([
    [['--by', 'dim:relase'], /gold has no text column dim:relase; did you mean dim_release\?/],
    [['--baseline', 'r9'], /no trace has the value r9; there are r0, r1, r2/],
    [['--candidate', 'r1', '--baseline', 'r1'], /it is the baseline, r1/],
    [['--metric', 'faithfulnes'], /there is no faithfulnes; did you mean faithfulness\?/],
    [['--where', 'release'], /"release" is no column=value/],
    [['--margin', '-1'], /"-1" is no number above 0/],
  ])('a question that cannot be answered is refused with what there is: %j', async (flags, expected) => {
    const { code, stderr } = await asked(...flags);
    expect(stderr).toMatch(expected);
    expect(code).toBe(2);
  });

  it('a column with one value is no comparison, and says so', async () => {
    const { code, stdout } = await asked('--by', 'dim:name');
    expect(code).toBe(0);
    expect(stdout).toContain('There are no two values of dim_name to compare.');
  });
});
