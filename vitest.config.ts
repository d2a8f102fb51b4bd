import { defineConfig } from 'vitest/config';

/** Tests that need a project of their own: servers, other MLflow versions, Spark. */
const elsewhere = ['server', 'spark', 'crash', 'compat'].map((kind) => `test/**/*.${kind}.test.ts`);

/** Tests with real database files, child processes or HTTPS servers: no set-up, but seconds each. */
const withParts = [
  'test/activities/**/*.test.ts',
  'test/adapters/{databricks,duckdb,mlflow/databricks,staging}/**/*.test.ts',
  'test/cli/databricks.test.ts',
  'test/cli/run-cli.test.ts',
  'test/contract/**/*.test.ts',
  'test/embedded/**/*.test.ts',
  'test/packaging/**/*.test.ts',
  'test/read-target.test.ts',
  'test/reconcile/**/*.test.ts',
  'test/replay/**/*.test.ts',
  'test/scripts/**/*.test.ts',
];

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
          exclude: [...elsewhere, ...withParts],
          // Pure code keeps no state between files; loading everything anew for each would take longer than the tests.
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: withParts,
          exclude: elsewhere,
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
