import { defineConfig } from 'vitest/config';

/**
 * Projects by what they need: `unit` runs anywhere in seconds; `servers` starts real MLflow and Temporal servers once
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
          exclude: [
            'test/**/*.server.test.ts',
            'test/**/*.spark.test.ts',
            'test/**/*.crash.test.ts',
            'test/**/*.compat.test.ts',
          ],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: ['test/**/*.server.test.ts'],
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
          include: ['test/**/*.crash.test.ts'],
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
          include: ['test/**/*.compat.test.ts'],
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
          include: ['test/**/*.spark.test.ts'],
          globalSetup: ['test/spark/global-setup.ts'],
          // A commit is some ten statements; on a busy machine each takes seconds.
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
