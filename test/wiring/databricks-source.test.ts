import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/index.js';
import { createSyntheticStore } from '../fakes/synthetic-mlflow/store.js';
import { silentLog } from '../../src/log.js';
import type { Experiment } from '../../src/sources/trace-source.js';
import { createRuntime } from '../../src/wiring/index.js';
import { startFakeWorkspace, type StartedWorkspace } from '../fakes/databricks/start.js';

describe('MLflow on Databricks as configured', () => {
  let started: StartedWorkspace;

  beforeEach(async () => {
    started = await startFakeWorkspace();
    const { workspace, volumesFolder } = started;
    workspace.mlflow.store = createSyntheticStore({ numTraces: 3 });
    writeFileSync(join(volumesFolder, 'ca.pem'), workspace.caPem);
    writeFileSync(
      join(volumesFolder, 'databrickscfg'),
      `[prod]\nhost = ${workspace.url}\ntoken = ${workspace.tokens.personalToken}\n`,
    );
  });
  afterEach(() => started.stop());

  const experiments = async (more: Readonly<Record<string, string>>): Promise<Experiment[]> => {
    const { workspace, volumesFolder } = started;
    const env = {
      MLFLOW_TRACKING_URI: 'databricks',
      DATABRICKS_HOST: workspace.url,
      DATABRICKS_CLIENT_ID: workspace.tokens.clientId,
      DATABRICKS_CLIENT_SECRET: workspace.tokens.clientSecret,
      TRACELIFT_DATABRICKS_CA_FILE: join(volumesFolder, 'ca.pem'),
      ...more,
    };
    const runtime = createRuntime(loadConfig({ env, cwd: volumesFolder }), { log: silentLog });
    try {
      return await (await runtime.source(null)).source.listExperiments();
    } finally {
      await runtime.close();
    }
  };

  it('MLflow on Databricks as configured is reached by a service principal from the environment and by a profile alike', async () => {
    expect(await experiments({})).toHaveLength(1);
    const profile = { DATABRICKS_CONFIG_FILE: join(started.volumesFolder, 'databrickscfg') };
    const onlyProfile = { DATABRICKS_HOST: '', DATABRICKS_CLIENT_ID: '', DATABRICKS_CLIENT_SECRET: '' };
    expect(await experiments({ ...profile, ...onlyProfile, MLFLOW_TRACKING_URI: 'databricks://prod' })).toHaveLength(1);
    expect(started.workspace.tokens.numIssued).toBe(1);
  });

  it.each([
    ['a wrong secret', { DATABRICKS_CLIENT_SECRET: 'wrong' }, 'SourceTokenRefused'],
    ['a certificate that nobody vouches for', { TRACELIFT_DATABRICKS_CA_FILE: '' }, 'SourceCertificate'],
  ])('MLflow on Databricks as configured says what is wrong with %s', async (_, more, code) => {
    const failure = await experiments(more).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, retryable: false });
    expect(String(failure)).not.toContain('wrong');
  });
});
