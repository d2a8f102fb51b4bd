import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import type { CrashCase } from './cases.js';
import { checkCase, openKillSuite } from './kill-suite.js';
import type { KillSuite } from './kill-suite.js';
import { withResults } from './results-document.js';
import type { Tally } from './results-document.js';
import { describeZombie, ZombieSuite } from './zombie-suite.js';
import { zombieCases } from './zombies.js';

const resultsFile = fileURLToPath(new URL('../../docs/kill-matrix.json', import.meta.url));
const document = fileURLToPath(new URL('../../docs/guarantee.md', import.meta.url));

/** A case mostly waits, for a worker to load and for Temporal to notice a death. */
const casesAtOnce = 4;

describeWith(['mlflow', 'temporal'], 'the whole kill matrix', () => {
  let suite: KillSuite;
  let zombies: ZombieSuite;

  beforeAll(async () => {
    suite = await openKillSuite(mlflowUri(), temporalAddress());
    zombies = await ZombieSuite.open(mlflowUri(), temporalAddress());
  });

  afterAll(async () => {
    await zombies.close();
    await suite.matrix.close();
  });

  it('the whole kill matrix ends with the tables of an undisturbed run wherever the worker dies, and whichever attempt is late', async () => {
    const results = new Results();
    for (const one of zombieCases) {
      const group = `late attempt: ${one.port}.${one.method}`;
      await results.of(group, describeZombie(one), async () => {
        await zombies.check(one);
        return true;
      });
    }
    const atOnce = pLimit(casesAtOnce);
    await Promise.all(suite.cases.map((one) => atOnce(() => kill(suite, one, results))));
    await results.write();
    expect(results.failures).toEqual([]);
    expect(results.numDisturbed).toBeGreaterThanOrEqual(200);
  }, 7_200_000);
});

function kill(suite: KillSuite, one: CrashCase, results: Results): Promise<void> {
  const { death } = one;
  const group = death.kind === 'delay' ? 'random moment' : `${death.point.port}.${death.point.method}`;
  return results.of(group, one.name, async () => {
    const died = await checkCase(suite, one);
    if (!died && death.kind === 'point') throw new Error('the run ended before the worker died');
    return died;
  });
}

/** What became of the cases, by group. */
class Results {
  readonly failures: string[] = [];
  private readonly tallies: Record<string, Tally> = {};

  /** Cases that disturbed their run: a death that comes after the end proves nothing. */
  get numDisturbed(): number {
    return Object.values(this.tallies).reduce((sum, { disturbed }) => sum + disturbed, 0);
  }

  /** Runs one case. `check` says whether it disturbed the run, and throws where the tables differ. */
  async of(group: string, name: string, check: () => Promise<boolean>): Promise<void> {
    const tally = (this.tallies[group] ??= { cases: 0, disturbed: 0, equal: 0 });
    tally.cases += 1;
    try {
      if (await check()) tally.disturbed += 1;
      tally.equal += 1;
      console.log(`[kill matrix] ${name}: equal`);
    } catch (error) {
      console.log(`[kill matrix] ${name}: FAILED`);
      this.failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async write(): Promise<void> {
    const machine = `${String(cpus().length)} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
    const { tallies, failures, numDisturbed } = this;
    const results = { machine, failures: failures.length, disturbed: numDisturbed, tallies };
    await writeFile(resultsFile, `${JSON.stringify(results, null, 2)}\n`);
    await writeFile(document, withResults(await readFile(document, 'utf8'), results));
  }
}
