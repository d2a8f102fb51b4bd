import { randomUUID } from 'node:crypto';
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { runMarkerKey, runPrefix } from '../../src/copy/staging-layout.js';
import { describeWith, mlflowUri, temporalAddress } from '../servers/require.js';
import { seedTraces } from '../servers/seed.js';
import { openPipeline } from './local-pipeline.js';
import type { LocalPipeline } from './local-pipeline.js';

async function makeOld(folder: string): Promise<void> {
  const twoHoursAgo = new Date(Date.now() - 2 * 3_600_000);
  for (const entry of await readdir(folder, { recursive: true }))
    await utimes(join(folder, entry), twoHoursAgo, twoHoursAgo);
}

describeWith(['mlflow', 'temporal'], 'staged files that a dead run left behind', () => {
  const stageRun = async (pipeline: LocalPipeline, workflowId: string): Promise<string> => {
    const { staging } = await pipeline.runtime.target(null);
    const prefix = runPrefix(workflowId, 'first');
    await staging.writeJson(runMarkerKey(prefix), { workflowId, firstRunId: 'first' });
    await staging.writeJson(`${prefix}/w000000-r0/p00000-b000.json.gz`, []);
    return prefix;
  };

  it('staged files that a dead run left behind are removed by the next run once they are old, those of open and young runs are not', async () => {
    const { experimentId } = await seedTraces({
      address: mlflowUri(),
      experimentName: `sweep-${randomUUID()}`,
      numTraces: 2,
      textBytes: 200,
    });
    const pipeline = await openPipeline({ mlflow: mlflowUri(), temporal: temporalAddress() });
    try {
      const { staging } = await pipeline.runtime.target(null);
      const open = await pipeline.client.workflow.start('backfillTraces', {
        taskQueue: `nobody-${randomUUID()}`,
        workflowId: `open-${randomUUID()}`,
        args: [{ experiment: experimentId }],
      });
      const dead = await stageRun(pipeline, `dead-${randomUUID()}`);
      const alive = await stageRun(pipeline, open.workflowId);
      await makeOld(staging.root);
      const young = await stageRun(pipeline, `young-${randomUUID()}`);
      await pipeline.run('backfillTraces', { experiment: experimentId, monitor: false });
      const left = (await staging.listRuns()).map((one) => one.run);
      expect(left).toEqual(expect.arrayContaining([alive, young]));
      expect(left).not.toContain(dead);
      await open.terminate();
    } finally {
      await pipeline.close();
    }
  });
});
