import { describe, expect, it } from 'vitest';

import { carriedWindows, carries, reachOf } from '../../../src/copy/record/rules.js';
import type { WindowRow } from '../../../src/tables/rows.js';

const row = (index: number, part: Partial<WindowRow> = {}): WindowRow => ({
  ...{ workflow_id: 'w', first_run_id: 'r', window_index: index, source_id: 's', experiment_id: '1' },
  ...{ from_ms: index * 10, to_ms: index * 10 + 10, state: 'complete', listed: 5, landed: 4, written: 3 },
  ...{ dead_lettered: 1, missing: 0, extra: 0, repair_rounds: 0, ids_digest: String(index).padStart(64, '0') },
  ...{ started_at: 0, verified_at: 0, tracelift_version: '0.0.0' },
  ...part,
});

const indexes = (rows: readonly WindowRow[]): number[] => carriedWindows(rows).map((one) => Number(one.window_index));

describe('the ledger of a run', () => {
  it('the ledger of a run reaches to its first gap, whatever the order of its rows', () => {
    expect(indexes([row(2), row(0), row(1)])).toEqual([0, 1, 2]);
    expect(indexes([row(0), row(1), row(3)])).toEqual([0, 1]);
    expect(indexes([row(1), row(2)])).toEqual([]);
    expect(indexes([])).toEqual([]);
  });

  it('the ledger of a run reaches no further than where the next window begins elsewhere', () => {
    expect(indexes([row(0), row(1, { from_ms: 12 }), row(2)])).toEqual([0]);
  });

  it('the ledger of a run has the sums of the windows that it carries, as numbers whatever the warehouse gives', () => {
    const carried = carriedWindows([row(0, { listed: 7n, to_ms: 10n }), row(1, { state: 'suspicious' })]);
    expect(reachOf(carried)).toMatchObject({
      windows: 2,
      toMs: 20,
      troubled: 1,
      listed: 12,
      landed: 8,
      deadLettered: 2,
    });
    expect(reachOf([])).toMatchObject({ windows: 0, toMs: null, listed: 0, idsDigest: '0'.repeat(64) });
  });

  it('the ledger of a run carries a run only with all of its windows and exactly its sums', () => {
    const reach = reachOf(carriedWindows([row(0), row(1)]));
    const totals = { windows: 2, listed: 10, landed: 8, deadLettered: 2, missing: 0, extra: 0 };
    expect(carries(reach, { fromMs: 0, toMs: 20, totals })).toBe(true);
    expect(carries(reach, { fromMs: 0, toMs: 30, totals })).toBe(false);
    expect(carries(reach, { fromMs: 0, toMs: 20, totals: { ...totals, landed: 9 } })).toBe(false);
    expect(carries(reach, { fromMs: 0, toMs: 20, totals: { ...totals, windows: 3 } })).toBe(false);
  });

  it('the ledger of a run carries a run that had nothing to copy', () => {
    const totals = { windows: 0, listed: 0, landed: 0, deadLettered: 0, missing: 0, extra: 0 };
    expect(carries(reachOf([]), { fromMs: 5, toMs: 5, totals })).toBe(true);
    expect(carries(reachOf([]), { fromMs: 5, toMs: 6, totals })).toBe(false);
  });
});
