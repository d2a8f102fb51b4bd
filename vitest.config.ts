import { defineConfig } from 'vitest/config';

/** What a test needs is told by its suffix: `.parts.test.ts`, `.server.test.ts`, …; a plain `.test.ts` needs nothing. */
const kinds = ['parts', 'server', 'spark', 'crash', 'compat'];
const filesOf = (kind: string): string => `test/**/*.${kind}.test.ts`;

/**
 * Projects by what they need: `unit` runs anywhere in seconds, `parts` anywhere in a minute or two; `servers` starts real MLflow and Temporal servers once
 * and shares them; `crash` runs the whole kill matrix on them; `compat` starts other MLflow versions, one after the
 * other; `spark` starts a real Spark with Delta. scripts/test.mjs runs them one by one.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: kinds.map(filesOf),
          // Pure code keeps no state between files; loading everything anew for each would take longer than the tests.
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: [filesOf('parts')],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: [filesOf('server')],
          globalSetup: ['test/servers/global-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'crash',
          include: [filesOf('crash')],
          globalSetup: ['test/servers/global-setup.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'compat',
          include: [filesOf('compat')],
          testTimeout: 180_000,
          // Making the environment of another MLflow version takes minutes the first time.
          hookTimeout: 1_200_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'spark',
          include: [filesOf('spark')],
          globalSetup: ['test/servers/global-setup.ts', 'test/spark/global-setup.ts'],
          // A commit is some ten statements; on a busy machine each takes seconds.
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
