import { afterAll, describe, expect, it } from 'vitest';

import { defaultMlflowVersion } from '../../src/embedded/mlflow-server.js';
import { SharedTemporal, testPipeline, type CompatCase } from './compat-suite.js';
import type { Projection } from './gold-projection.js';
import { describeVersion } from './parts.js';

const all = ['traces/batchGet', 'traces/get', 'get-trace-artifact'];

/** The newest of MLflow 2, one with V3 search and spans in artifacts, one with spans in the database, the newest. */
const versions: readonly (readonly [version: string, compat: CompatCase])[] = [
  ['2.22.5', { searchApi: 'v2', spanRoutes: ['get-trace-artifact'], hasAssessments: false }],
  ['3.4.0', { searchApi: 'v3', spanRoutes: ['get-trace-artifact'], hasAssessments: true }],
  ['3.11.1', { searchApi: 'v3', spanRoutes: all, hasAssessments: true }],
  [defaultMlflowVersion, { searchApi: 'v3', spanRoutes: all, hasAssessments: true }],
];

const temporal = new SharedTemporal();
const projections = new Map<string, Projection>();
const only = process.env['TRACELIFT_COMPAT_VERSION'];

afterAll(() => temporal.stop());

for (const [version, compat] of versions) {
  if (only !== undefined && only !== '' && only !== version) continue;
  await describeVersion(version, `MLflow ${version}`, (parts) =>
    testPipeline(parts, temporal, {
      ...compat,
      onLanded: (projection) => {
        projections.set(version, projection);
      },
    }),
  );
}

describe('the same traces from different MLflow versions', () => {
  it('give the same rows in every table', () => {
    const [[reference, newest] = [], ...others] = [...projections].toReversed();
    for (const [version, projection] of others) {
      for (const part of ['gold', 'spans', 'documents'] as const) {
        expect(projection[part], `${part} of ${version} and ${String(reference)}`).toEqual(newest?.[part]);
      }
      if (projection.later.length > 0) expect(projection.later, version).toEqual(newest?.later);
    }
  });
});
