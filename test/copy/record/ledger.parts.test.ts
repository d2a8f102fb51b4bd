/** What a window is recorded against: the ledger and the tables as they are then. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { PreparedRun } from '../../../src/copy/run.js';
import { emptyTotals } from '../../../src/copy/run.js';
import type { VerifiedWindow } from '../../../src/copy/verify/messages.js';
import { openActivityBench } from '../activity-bench.js';
import type { ActivityBench } from '../activity-bench.js';
import { storedTrace } from '../../fakes/memory-source.js';

describe('recording a window', () => {
  let bench: ActivityBench;
  let prepared: PreparedRun;
  let verified: VerifiedWindow;

  beforeEach(async () => {
    bench = await openActivityBench();
    bench.source.add(storedTrace(1), storedTrace(2));
    prepared = await bench.prepare();
    ({ verified } = await bench.copy(prepared));
  });

  afterEach(() => bench.close());

  const record = (windowIndex: number, part: { fromMs?: number; toMs?: number; verified?: VerifiedWindow } = {}) =>
    bench.run('recordWindow', {
      ...{ run: prepared.run, workflowId: 'test/run', firstRunId: 'first', windowIndex },
      ...{ fromMs: prepared.fromMs, toMs: prepared.toMs, changed: 0, repairRounds: 0, startedAtMs: 0, verified },
      ...part,
    });
  const ledger = async (): Promise<number[]> =>
    (await bench.warehouse.ledger({ workflowId: 'test/run', limit: 10 })).map((row) => Number(row.window_index));

  it('recording a window is refused behind a window that the ledger does not carry, and says where that ends', async () => {
    // Windows without traces: what is compared here is the ledger alone.
    const empty = { ...verified, inTables: 0 };
    const endMs = prepared.fromMs + 1;
    expect(await record(0, { toMs: endMs, verified: empty })).toBeUndefined();
    expect(await record(2, { fromMs: endMs + 1, verified: empty })).toMatchObject({ windows: 1, toMs: endMs });
    expect(await record(1, { fromMs: endMs, verified: empty })).toBeUndefined();
    expect(await ledger()).toEqual([1, 0]);
  });

  it('recording a window may be tried again', async () => {
    expect(await record(0)).toBeUndefined();
    expect(await record(0)).toBeUndefined();
    expect(await ledger()).toEqual([0]);
  });

  it('recording a window is refused where the tables lost traces since they were verified', async () => {
    const more = (verified.inTables ?? 0) + 1;
    expect(await record(0, { verified: { ...verified, inTables: more } })).toMatchObject({ windows: 0, toMs: null });
    expect(await ledger()).toEqual([]);
  });

  it('recording a window passes what an older worker verified', async () => {
    const older: Partial<VerifiedWindow> = { ...verified };
    Reflect.deleteProperty(older, 'inTables');
    expect(await record(0, { verified: older as VerifiedWindow })).toBeUndefined();
  });

  it('no run is closed, and no receipt written, that the ledger does not carry', async () => {
    await record(0);
    const { listed, landed } = verified;
    const claim = {
      ...{ run: prepared.run, workflowId: 'test/run', firstRunId: 'first', experimentName: 'support-bot' },
      ...{ fromMs: prepared.fromMs, toMs: prepared.toMs, idsDigest: verified.idsDigest, outcome: 'finished' as const },
    };
    const totals = { ...emptyTotals, windows: 1, listed, landed };
    expect(await bench.run('closeRun', { ...claim, totals: { ...totals, windows: 2, landed: landed + 1 } })).toEqual({
      behind: expect.objectContaining({ windows: 1, listed, landed }) as unknown,
    });
    expect(await bench.run('closeRun', { ...claim, totals })).toHaveProperty('receiptPath');
  });
});
