import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { checkCase, openKillSuite } from './kill-suite.js';
import type { KillSuite } from './kill-suite.js';

const resultsFile = fileURLToPath(new URL('../../docs/kill-matrix.json', import.meta.url));

interface Tally {
  cases: number;
  died: number;
  equal: number;
}

describeWith(['mlflow', 'temporal'], 'the whole kill matrix', () => {
  let suite: KillSuite;

  beforeAll(async () => {
    suite = await openKillSuite(mlflowUri(), temporalAddress());
  });

  afterAll(async () => suite.matrix.close());

  it('ends with the tables of an undisturbed run wherever the worker dies', async () => {
    const failures: string[] = [];
    const tallies: Record<string, Tally> = {};
    for (const one of suite.cases) {
      const group = one.death.kind === 'delay' ? 'random moment' : `${one.death.point.port}.${one.death.point.method}`;
      const tally = (tallies[group] ??= { cases: 0, died: 0, equal: 0 });
      tally.cases += 1;
      try {
        const died = await checkCase(suite, one);
        if (died) tally.died += 1;
        if (!died && one.death.kind === 'point') failures.push(`${one.name}: the run ended before the worker died`);
        tally.equal += 1;
      } catch (error) {
        failures.push(`${one.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    const machine = `${String(cpus().length)} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
    await writeFile(resultsFile, `${JSON.stringify({ machine, failures: failures.length, tallies }, null, 2)}\n`);
    expect(failures).toEqual([]);
    expect(suite.cases.length).toBeGreaterThanOrEqual(200);
  }, 3_600_000);
});
