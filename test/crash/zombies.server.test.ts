import { afterAll, beforeAll, it } from 'vitest';

import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { describeZombie, ZombieSuite } from './zombie-suite.js';
import { zombieCases } from './zombies.js';

/** Cases mostly wait: for an attempt to be given up, for the next one. */
const atOnce = 4;
/** The kill matrix runs all of them. */
const few = zombieCases.filter((_, index) => index % 3 === 0);

describeWith(['mlflow', 'temporal'], 'a copy with an attempt that finishes late', () => {
  let suite: ZombieSuite;

  beforeAll(async () => {
    suite = await ZombieSuite.open(mlflowUri(), temporalAddress());
  });

  afterAll(() => suite.close());

  const groups = Array.from({ length: Math.ceil(few.length / atOnce) }, (_, index) =>
    few.slice(index * atOnce, (index + 1) * atOnce),
  );

  it.each(groups.map((group) => [group.map(describeZombie).join('; '), group] as const))(
    'a copy with an attempt that finishes late has the tables of an undisturbed one: %s',
    async (_, group) => {
      await Promise.all(group.map((one) => suite.check(one)));
    },
  );
});
