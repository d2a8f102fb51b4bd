import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openActivityBench } from '../copy/activity-bench.js';
import type { ActivityBench } from '../copy/activity-bench.js';
import { tracelift } from '../cli/command-line.js';
import { storedTrace } from '../fakes/memory-source.js';
import { startScriptedServer } from '../http/scripted-server.js';
import { connectTo } from '../sources/mlflow/scripted-mlflow.js';

const bound = {
  experimentId: '7',
  name: 'moved',
  lifecycleStage: 'active',
  createdAtMs: 1,
  unityCatalogTraces: 'main.traces.bot',
} as const;

describe('an experiment whose traces lie in Unity Catalog', () => {
  it.each([
    ['mlflow.experiment.databricksTraceDestinationPath', 'main.traces.bot'],
    ['mlflow.experiment.databricksTraceSpanStorageTable', 'main.traces.mlflow_experiment_trace_otel_spans'],
    ['mlflow.experiment.databricksTraceLogStorageTable', 'main.traces.mlflow_experiment_trace_otel_logs'],
    ['mlflow.experiment.databricksTraceAnnotationsTable', 'main.traces.bot_otel_annotations'],
    ['mlflow.experiment.databricksTelemetryDestinationId', '1234'],
  ])('an experiment whose traces lie in Unity Catalog is told by its tag %s', async (key, value) => {
    const tags = [
      { key: 'mlflow.ownerId', value: '9' },
      { key, value },
    ];
    const server = await startScriptedServer(({ path }) =>
      path.endsWith('/experiments/get') ? { body: { experiment: { experiment_id: '7', tags } } } : { body: {} },
    );
    const source = connectTo(server.address);
    expect(await source.getExperiment('7')).toMatchObject({ unityCatalogTraces: value });
    await source.close();
    await server.close();
  });

  describe('is refused by name, never copied as an empty one', () => {
    let bench: ActivityBench;

    beforeEach(async () => {
      bench = await openActivityBench();
      bench.source.experiments.push(bound);
    });

    afterEach(() => bench.close());

    const refusal = { code: 'ExperimentInUnityCatalog', parameters: { tables: 'main.traces.bot' } };

    it('the preflight of backfills and syncs refuses an experiment in Unity Catalog by name', async () => {
      await expect(bench.prepare({ experiment: 'moved' })).rejects.toMatchObject(refusal);
      const named = { experiments: ['1', '7'], sourceName: null, targetName: null };
      await expect(bench.run('resolveExperiments', named)).rejects.toMatchObject(refusal);
    });

    it('a run under way refuses an experiment that is bound to Unity Catalog meanwhile', async () => {
      bench.source.add(storedTrace(1));
      const prepared = await bench.prepare();
      bench.source.experiments.splice(0, 1, { ...bound, experimentId: '1' });
      await expect(bench.copy(prepared)).rejects.toMatchObject(refusal);
    });

    it.each([
      ['plan', ['plan', '--experiment', 'moved']],
      ['backfill', ['backfill', '--experiment', 'moved']],
      ['sync', ['sync', '--experiment', '7']],
    ])('an experiment with traces in Unity Catalog is refused by %s', async (_, args) => {
      const runtime = { source: () => Promise.resolve({ name: 'default', source: bench.source }) };
      const { code, stderr } = await tracelift(args, { runtime, env: { MLFLOW_TRACKING_URI: 'http://mlflow' } });
      expect(code).not.toBe(0);
      expect(stderr).toContain('moved (7)');
      expect(stderr).toContain('main.traces.bot');
    });

    it('doctor names an experiment in Unity Catalog among the others', async () => {
      const runtime = { source: () => Promise.resolve({ name: 'default', source: bench.source }) };
      const { stdout } = await tracelift(['doctor'], { runtime, env: { MLFLOW_TRACKING_URI: 'http://mlflow' } });
      expect(stdout).toContain('moved (7): main.traces.bot');
    });
  });
});
