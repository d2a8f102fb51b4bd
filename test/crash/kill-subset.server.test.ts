import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { subset } from './cases.js';
import { checkCase, openKillSuite } from './kill-suite.js';
import type { KillSuite } from './kill-suite.js';
import { zombieCases } from './zombies.js';

const numCases = 10;

describeWith(['mlflow', 'temporal'], 'a copy whose worker is killed', () => {
  let suite: KillSuite;

  beforeAll(async () => {
    suite = await openKillSuite(mlflowUri(), temporalAddress());
  });

  afterAll(async () => suite.matrix.close());

  it('a copy whose worker is killed has more than 200 ways to be disturbed', () => {
    expect(new Set(suite.cases.map(({ name }) => name)).size).toBe(suite.cases.length);
    expect(suite.cases.length + zombieCases.length).toBeGreaterThanOrEqual(200);
  });

  it.each(Array.from({ length: numCases }, (_, index) => index))(
    'a copy whose worker is killed ends with the tables of an undisturbed run (case %i of a spread over the matrix)',
    async (index) => {
      const one = subset(suite.cases, numCases)[index];
      if (one === undefined) throw new Error('the matrix is smaller than its subset');
      const died = await checkCase(suite, one);
      if (one.death.kind === 'point') expect(died, one.name).toBe(true);
    },
  );
});
