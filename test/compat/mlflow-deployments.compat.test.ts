import { afterAll } from 'vitest';

import { defaultMlflowVersion } from '../../src/embedded/mlflow-server.js';
import { SharedTemporal, testPipeline } from './compat-suite.js';
import { describeVersion } from './parts.js';

const temporal = new SharedTemporal();
const staticPrefix = '/team/mlflow';

afterAll(() => temporal.stop());

await describeVersion('2.22.5', 'MLflow 2.22.5 on the file store, behind a static prefix', (parts) =>
  testPipeline(parts, temporal, {
    server: { store: 'files', staticPrefix },
    // Its own client finds the API beside the prefix only, a proxy for the prefix finds that of the pages.
    clientUri: (uri) => new URL(uri).origin,
    searchApi: 'v2',
    spanRoutes: ['get-trace-artifact'],
    hasAssessments: false,
  }),
);

await describeVersion(defaultMlflowVersion, `MLflow ${defaultMlflowVersion} behind a static prefix`, (parts) =>
  testPipeline(parts, temporal, {
    server: { staticPrefix },
    searchApi: 'v3',
    spanRoutes: ['traces/batchGet', 'traces/get', 'get-trace-artifact'],
    hasAssessments: true,
  }),
);
