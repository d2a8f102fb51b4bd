/** How far the ledger of a run reaches. Pure; imports types and the digest of ids only. */
import type { WindowRow } from '../../tables/rows.js';
import { combineDigests, emptyDigest } from '../list/ids-digest.js';

/** Windows of a run that the ledger carries without a gap, from the first one on, and their sums. */
export interface LedgerReach {
  readonly windows: number;
  /** End of the last of them, epoch milliseconds; null where there is none. */
  readonly toMs: number | null;
  /** Those of them that did not pass. */
  readonly troubled: number;
  readonly listed: number;
  readonly landed: number;
  readonly written: number;
  readonly deadLettered: number;
  readonly missing: number;
  readonly extra: number;
  readonly idsDigest: string;
}

const nothing: LedgerReach = {
  windows: 0,
  toMs: null,
  troubled: 0,
  listed: 0,
  landed: 0,
  written: 0,
  deadLettered: 0,
  missing: 0,
  extra: 0,
  idsDigest: emptyDigest,
};

/** The windows up to the first gap: what lies behind it is claimed by nobody. @param rows of one run, in any order */
export function carriedWindows(rows: readonly WindowRow[]): WindowRow[] {
  const carried: WindowRow[] = [];
  for (const row of rows.toSorted((a, b) => Number(a.window_index) - Number(b.window_index))) {
    const before = carried.at(-1);
    if (Number(row.window_index) !== carried.length) break;
    if (before !== undefined && Number(before.to_ms) !== Number(row.from_ms)) break;
    carried.push(row);
  }
  return carried;
}

/** @param carried what {@link carriedWindows} gives */
export function reachOf(carried: readonly WindowRow[]): LedgerReach {
  return carried.reduce<LedgerReach>(
    (sum, row) => ({
      windows: sum.windows + 1,
      toMs: Number(row.to_ms),
      troubled: sum.troubled + (row.state === 'incomplete' || row.state === 'suspicious' ? 1 : 0),
      listed: sum.listed + Number(row.listed),
      landed: sum.landed + Number(row.landed),
      written: sum.written + Number(row.written),
      deadLettered: sum.deadLettered + Number(row.dead_lettered),
      missing: sum.missing + Number(row.missing),
      extra: sum.extra + Number(row.extra),
      idsDigest: combineDigests(sum.idsDigest, row.ids_digest),
    }),
    nothing,
  );
}

/** What a run says that it copied. */
export interface RunClaim {
  readonly fromMs: number;
  readonly toMs: number;
  readonly totals: Pick<LedgerReach, 'windows' | 'listed' | 'landed' | 'deadLettered' | 'missing' | 'extra'>;
}

/** True where the ledger carries exactly that. */
export function carries(reach: LedgerReach, { fromMs, toMs, totals }: RunClaim): boolean {
  const sums = ['windows', 'listed', 'landed', 'deadLettered', 'missing', 'extra'] as const;
  return (reach.toMs ?? fromMs) === toMs && sums.every((name) => reach[name] === totals[name]);
}
