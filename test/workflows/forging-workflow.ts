/**
 * A workflow of somebody who may start workflows and run workers of their own in the namespace, but is not tracelift: it
 * has a run prepared, changes whose rows they are, and goes on by one of several roads. Runs in the workflow sandbox.
 */
import { makeContinueAsNewFunc, proxyActivities } from '@temporalio/workflow';

import type { Activities } from '../../src/activities/activities.js';
import { emptyDigest } from '../../src/copy/list/ids-digest.js';
import { emptyTotals } from '../../src/copy/run.js';
import type { CarriedState } from '../../src/workflows/run-state.js';

export type Road = 'continue-as-new' | 'recordWindow' | 'closeRun' | 'listPage';

/** @param taskQueue queue of the workers of tracelift */
export async function forge(road: Road, taskQueue: string): Promise<unknown> {
  const steps = proxyActivities<Activities>({ taskQueue, startToCloseTimeout: '1 minute' });
  const ids = { workflowId: 'forged', firstRunId: 'forged' };
  const prepared = await steps.preflight({
    ...{ experiment: '1', sourceName: null, targetName: null, settings: {}, ...ids },
    range: { kind: 'explicit', fromMs: null, toMs: null },
  });
  const run = { ...prepared.run, scope: { ...prepared.run.scope, sourceId: 'bank' } };
  const ofRun = { run, ...ids, fromMs: 0, toMs: 10 };
  switch (road) {
    case 'recordWindow':
      return steps.recordWindow({
        ...{ ...ofRun, windowIndex: 0, changed: 0, repairRounds: 0, startedAtMs: 0 },
        verified: {
          ...{ state: 'complete', listed: 9, landed: 9, deadLettered: 0, missing: 0, missingIds: [] },
          ...{ moved: 0, extra: 0, idsDigest: emptyDigest },
        },
      });
    case 'closeRun':
      return steps.closeRun({
        ...{ ...ofRun, experimentName: 'forged', totals: emptyTotals, idsDigest: emptyDigest },
        ...{ outcome: 'finished', askedToMs: null, latestEndMs: 10 },
      });
    case 'listPage':
      return steps.listPage({
        ...{ run, settings: prepared.settings, windowIndex: 0, round: 0, pageIndex: 0, fromMs: 0, limitMs: 10 },
        ...{ tracesTaken: 0, tracesLeft: 10, bytesLeft: 10, fetchesLeft: 10, cursor: { lastMs: 0, idsAtLast: [] } },
      });
    case 'continue-as-new': {
      const carried: CarriedState = {
        ...{ prepared: { ...prepared, run }, verifiedToMs: prepared.fromMs, nextWindowIndex: 0, totals: emptyTotals },
        ...{ processedTraces: 0, failedIds: [], failedTraces: 0, troubled: [], troubledCount: 0 },
        ...{ idsDigest: emptyDigest, paused: false, concurrency: 1 },
      };
      const next = makeContinueAsNewFunc<(raw: unknown, carried: CarriedState) => Promise<unknown>>({
        workflowType: 'backfillTraces',
        taskQueue,
      });
      return next({ experiment: '1' }, carried);
    }
  }
}
