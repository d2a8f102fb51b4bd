import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { createSyntheticStore, syntheticExperiment } from '../fakes/synthetic-mlflow/store.js';
import type { RunResult } from '../../src/workflows/contract.js';
import { apiError } from '../fakes/databricks/http.js';
import { startFakeWorkspace, type StartedWorkspace } from '../fakes/databricks/start.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import { openPipeline, type LocalPipeline } from './local-pipeline.js';

const numTraces = 300;

describeWith(['temporal'], 'a backfill from MLflow on Databricks (a fake) into DuckDB', () => {
  let started: StartedWorkspace;
  let pipeline: LocalPipeline;
  let result: RunResult;

  beforeAll(async () => {
    started = await startFakeWorkspace();
    const { workspace, volumesFolder } = started;
    workspace.mlflow.store = createSyntheticStore({ numTraces, spansPerTrace: 3, bytesPerTrace: 4_000 });
    const caFile = join(volumesFolder, 'ca.pem');
    writeFileSync(caFile, workspace.caPem);
    const busy = { ...apiError(429, 'REQUEST_LIMIT_EXCEEDED', 'slow down'), headers: { 'Retry-After': '0' } };
    workspace.fail({ on: /credentials-for-data-download/, times: 3, answer: busy });
    workspace.fail({ on: /^GET \/signed/, times: 2, answer: 'cut' });
    pipeline = await openPipeline({
      mlflow: 'databricks',
      temporal: temporalAddress(),
      env: {
        DATABRICKS_HOST: workspace.url,
        DATABRICKS_CLIENT_ID: workspace.tokens.clientId,
        DATABRICKS_CLIENT_SECRET: workspace.tokens.clientSecret,
        TRACELIFT_DATABRICKS_CA_FILE: caFile,
        TRACELIFT_WINDOW_TRACES: '100',
        TRACELIFT_SOURCE_ID: 'workspace',
      },
    });
    result = await pipeline.run<RunResult>('backfillTraces', { experiment: syntheticExperiment.name });
  });

  afterAll(async () => {
    await pipeline.close();
    await started.stop();
  });

  it('a backfill from MLflow on Databricks (a fake) into DuckDB lands every trace once with all its spans, whatever the workspace answered in between', async () => {
    expect(result.totals).toMatchObject({
      listed: numTraces,
      landed: numTraces,
      missing: 0,
      extra: 0,
      deadLettered: 0,
    });
    expect(
      await pipeline.value(
        `SELECT count(DISTINCT trace_id) FROM genai_processed_traces_gold
         WHERE source_id = 'workspace' AND span_state = 'complete' AND num_spans = 3 AND token_count_request > 0`,
      ),
    ).toBe(numTraces);
    expect(await pipeline.value('SELECT count(*) FROM genai_trace_spans')).toBe(3 * numTraces);
  });

  it('a backfill from MLflow on Databricks (a fake) into DuckDB reads nothing twice: the next run finds no difference', async () => {
    const before = started.workspace.requests.filter((line) => line.startsWith('GET /signed/')).length;
    const again = await pipeline.run<RunResult>('backfillTraces', { experiment: syntheticExperiment.name });
    expect(again.totals).toMatchObject({ landed: numTraces, inserted: 0, updated: 0 });
    expect(started.workspace.requests.filter((line) => line.startsWith('GET /signed/'))).toHaveLength(before);
  });

  it('a backfill from MLflow on Databricks (a fake) into DuckDB goes on when every token ends in the middle', async () => {
    started.workspace.tokens.expireAll();
    await pipeline.run<RunResult>('backfillTraces', { experiment: syntheticExperiment.name });
    expect(started.workspace.tokens.numIssued).toBe(2);
  });
});
