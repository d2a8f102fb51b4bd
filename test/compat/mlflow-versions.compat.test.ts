import { afterAll, describe, expect, it } from 'vitest';

import { SharedTemporal, testPipeline, type CompatCase } from './compat-suite.js';
import type { Projection } from './gold-projection.js';
import { describeVersion } from './parts.js';
import { defaultMlflowVersion } from '../../src/local/mlflow-program.js';

const staticPrefix = '/team/mlflow';
const mlflow2 = { searchApi: 'v2', spanRoutes: ['get-trace-artifact'], hasAssessments: false } as const;
const databaseRoutes = ['traces/batchGet', 'traces/get', 'get-trace-artifact'];

interface VersionCase extends CompatCase {
  readonly version: string;
  /** What is special about the server. */
  readonly how: string;
}

/** The newest of MLflow 2, one with V3 search and spans in artifacts, one with spans in the database, the newest. */
const cases: readonly VersionCase[] = [
  { ...mlflow2, version: '2.22.5', how: 'on SQLite' },
  {
    ...mlflow2,
    version: '2.22.5',
    how: 'on the file store, behind a static prefix',
    server: { store: 'files', staticPrefix },
    // Its own client finds the API beside the prefix only; behind the prefix there is that of the pages.
    clientUri: (uri) => new URL(uri).origin,
  },
  { version: '3.4.0', how: 'on SQLite', searchApi: 'v3', spanRoutes: ['get-trace-artifact'], hasAssessments: true },
  {
    version: '3.11.1',
    how: 'on SQLite',
    searchApi: 'v3',
    spanRoutes: databaseRoutes,
    hasAssessments: true,
    losesRoots: true,
  },
  {
    version: defaultMlflowVersion,
    how: 'on SQLite, behind a static prefix',
    server: { staticPrefix },
    searchApi: 'v3',
    spanRoutes: databaseRoutes,
    hasAssessments: true,
  },
];

const temporal = new SharedTemporal();
const projections = new Map<string, Projection>();
/** Runs the cases of one version only. */
const only = process.env['TRACELIFT_COMPAT_VERSION'] ?? '';

afterAll(() => temporal.stop());

for (const { version, how, ...compat } of cases) {
  if (only !== '' && only !== version) continue;
  const name = `MLflow ${version} ${how}`;
  const onLanded = (projection: Projection): void => {
    projections.set(name, projection);
  };
  await describeVersion(version, name, (parts) => testPipeline(parts, temporal, { ...compat, onLanded }));
}

describe('the same traces from different MLflow versions', () => {
  it('the same traces from different MLflow versions give the same rows in every table', () => {
    const [[reference, newest] = [], ...others] = [...projections].toReversed();
    for (const [name, projection] of others) {
      for (const part of ['gold', 'spans', 'documents'] as const) {
        expect(projection[part], `${part} of ${name} and ${String(reference)}`).toEqual(newest?.[part]);
      }
      if (projection.later.length > 0) expect(projection.later, name).toEqual(newest?.later);
    }
  });
});
