/** Puts what two warehouses answered into one form, so that the same tables are equal. For tests only. */
import type { Dump, DumpedRow } from '../contract/dump-tables.js';

/** Times in one form, whoever read them: `2026-01-02T03:04:05.000000`. */
export function comparable(dump: Dump): Dump {
  return eachRow(dump, (row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, inOneForm(value ?? null)])),
  );
}

function inOneForm(value: DumpedRow[string]): DumpedRow[string] {
  const parts = typeof value === 'string' ? /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?/.exec(value) : null;
  return parts === null ? value : `${parts[1] ?? ''}T${parts[2] ?? ''}.${(parts[3] ?? '').padEnd(6, '0')}`;
}

/** Columns that follow the time at which a run looked at the source. */
const timesOfRuns: ReadonlySet<string> = new Set([
  'observed_at',
  'spans_observed_at',
  'first_failed_at',
  'last_failed_at',
  'retry_after',
]);

/** What two runs that looked at the same source at different times have in common. */
export function withoutTimesOfRuns(dump: Dump): Dump {
  return eachRow(dump, (row) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([name]) => !timesOfRuns.has(name))
        .map(([name, value]) => [
          name,
          name === 'deleted_at' || name === 'closed_at' ? value !== null : (value ?? null),
        ]),
    ),
  );
}

function eachRow(dump: Dump, change: (row: DumpedRow) => DumpedRow): Dump {
  return Object.fromEntries(Object.entries(dump).map(([role, rows]) => [role, rows.map(change)]));
}
