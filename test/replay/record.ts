/**
 * Records one history per workflow type and path through it, for the replay tests:
 *
 *   TEMPORAL_ADDRESS=127.0.0.1:7233 npx tsx test/replay/record.ts [name ...]
 *
 * Run it when a workflow changes on purpose and no run of the old code can be under way any more; otherwise keep the
 * old files and guard the change with `patched`.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

import type { Activities } from '../../src/activities/activities.js';
import { TraceliftError } from '../../src/errors/index.js';
import { ScriptedActivities, start, verified, withWorker } from '../workflows/workflow-bench.js';
import type { WorkflowBench } from '../workflows/workflow-bench.js';

const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';

interface Scenario {
  readonly name: string;
  readonly script: ScriptedActivities;
  readonly drive: (bench: WorkflowBench) => Promise<WorkflowHandle>;
}

async function finished(handle: WorkflowHandle): Promise<WorkflowHandle> {
  await handle.result().catch((error: unknown) => {
    // Failing runs are recorded too.
    if (!(error instanceof Error)) throw error;
  });
  return handle;
}

const backfill =
  (input: unknown) =>
  async (bench: WorkflowBench): Promise<WorkflowHandle> =>
    finished(await start(bench, 'backfillTraces', input));

function failingOnce(script: () => ScriptedActivities): Partial<Activities> {
  let commits = 0;
  return {
    commitManifest: async (request) => {
      commits += 1;
      if (commits === 1) throw new TraceliftError('StagingLost', { key: 'k', root: '/staging', reason: 'it is gone' });
      return script().defaults().commitManifest(request);
    },
  };
}

function scenarios(): Scenario[] {
  const lost: ScriptedActivities = new ScriptedActivities(
    10,
    failingOnce(() => lost),
  );
  const incomplete = new ScriptedActivities(10, {
    verifyWindow: async () => verified(10, { state: 'incomplete', landed: 9, missing: 1, missingIds: ['tr-1'] }),
  });
  const strayed = new ScriptedActivities(1, {
    preflight: async () => {
      throw new TraceliftError('ExperimentNotFound', { address: 'http://mlflow', experiment: '7' });
    },
  });
  let polls = 0;
  const pending: ScriptedActivities = new ScriptedActivities(0, {
    ensureMonitorExists: async () => ({
      action: 'created',
      status: { ...(await pending.defaults().monitorStatus({ targetName: null })), state: 'pending' },
    }),
    monitorStatus: async (request) => {
      polls += 1;
      const status = await new ScriptedActivities(0).defaults().monitorStatus(request);
      return polls < 2 ? { ...status, state: 'pending' } : status;
    },
  });
  return [
    { name: 'backfill-three-windows', script: new ScriptedActivities(25), drive: backfill({ experiment: '1' }) },
    { name: 'backfill-invalid-input', script: new ScriptedActivities(1), drive: backfill({ experiments: '1' }) },
    { name: 'backfill-false-start', script: strayed, drive: backfill({ experiment: '7' }) },
    { name: 'backfill-staging-lost', script: lost, drive: backfill({ experiment: '1' }) },
    { name: 'backfill-incomplete', script: incomplete, drive: backfill({ experiment: '1' }) },
    {
      name: 'backfill-continued-as-new',
      script: new ScriptedActivities(25, {}, { maxWindowsPerRun: 1 }),
      drive: async (bench) => {
        const handle = await start(bench, 'backfillTraces', { experiment: '1' });
        await finished(handle);
        return bench.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
      },
    },
    {
      name: 'backfill-continued',
      script: new ScriptedActivities(25, {}, { maxWindowsPerRun: 1 }),
      drive: async (bench) => {
        const handle = await finished(await start(bench, 'backfillTraces', { experiment: '1' }));
        return bench.client.workflow.getHandle(handle.workflowId);
      },
    },
    {
      name: 'backfill-paused-and-resumed',
      script: new ScriptedActivities(25),
      drive: async (bench) => {
        const handle = await start(bench, 'backfillTraces', { experiment: '1' });
        await handle.signal('pause');
        await handle.executeUpdate('setConcurrency', { args: [4] });
        await handle.signal('resume');
        return finished(handle);
      },
    },
    {
      name: 'sync',
      script: new ScriptedActivities(12),
      drive: async (bench) => finished(await start(bench, 'syncTraces', { experiment: '1' })),
    },
    {
      name: 'experiments',
      script: new ScriptedActivities(5),
      drive: async (bench) => finished(await start(bench, 'backfillExperiments', { experiments: 'all' })),
    },
    {
      name: 'commit-window',
      script: new ScriptedActivities(1),
      drive: async (bench) =>
        finished(await start(bench, 'commitWindow', { run: {}, manifestKey: 'run/manifest.json' })),
    },
    {
      name: 'monitor-pending-then-active',
      script: pending,
      drive: async (bench) => finished(await start(bench, 'ensureMonitor', {})),
    },
    {
      name: 'monitor-under-lock',
      script: new ScriptedActivities(0),
      drive: async (bench) => finished(await start(bench, 'ensureMonitor', {})),
    },
    {
      name: 'rebuild',
      script: new ScriptedActivities(12),
      drive: async (bench) => finished(await start(bench, 'rebuildGold', {})),
    },
    {
      name: 'notify',
      script: new ScriptedActivities(1),
      drive: async (bench) => finished(await start(bench, 'notifyRun', { event: 'run.finished' })),
    },
  ];
}

/** Folders of the checkout and names of processes and hosts are no part of a history. */
function withoutMachine(text: string): string {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  return text.replaceAll(root, '').replace(/"\d+@[^"]*"/g, '"worker"');
}

const wanted = process.argv.slice(2);
for (const { name, script, drive } of scenarios().filter((one) => wanted.length === 0 || wanted.includes(one.name))) {
  const history = await withWorker(address, script.activities(), async (bench) => {
    const handle = await drive(bench);
    return handle.fetchHistory();
  });
  const file = fileURLToPath(new URL(`./histories/${name}.json`, import.meta.url));
  const text = historyToJSON(history);
  await writeFile(file, `${withoutMachine(JSON.stringify(JSON.parse(text)))}\n`);
  process.stdout.write(`${name}: ${String(history.events?.length ?? 0)} events\n`);
}
