/**
 * The statements of the history profile. Imports domain types, the shared profile queries and quoting only.
 *
 * Every statement that writes replaces what it wrote before (`REPLACE WHERE`, `MERGE`, `DELETE`): repeated ones change
 * nothing, and readers see a batch of windows whole or not at all.
 */
import { TraceliftError } from '../../../errors/index.js';
import type { ProfiledColumn } from '../../../monitor/columns.js';
import { columnGroups } from '../../../monitor/columns.js';
import { driftMetricsTable, profileMetricsTable, type MetricTable } from '../../../monitor/tables.js';
import type { Granularity } from '../../../monitor/windows.js';
import type { Bind } from '../../sql/dialect.js';
import {
  columnProfiles,
  currentWindows,
  tableProfiles,
  topSlices,
  type Bounds,
  type ProfileBatch,
  type ProfileSelect,
} from '../../sql/profile-selects.js';
import type { SqlParameter } from '../sql-client.js';
import { quoteConstant, quoteName } from '../sql/quoting.js';
import { sparkDialect } from '../sql/dialect.js';

/** Full names, unquoted: `catalog.schema.table`. */
export interface HistoryTables {
  readonly gold: string;
  readonly profile: string;
  readonly drift: string;
  /** One row per window: what it was computed from. */
  readonly windows: string;
}

/** @param schema `catalog.schema` of the metric tables */
export function historyTables(gold: string, schema: string): HistoryTables {
  const base = `${schema}.${gold.slice(gold.lastIndexOf('.') + 1)}_history`;
  return {
    gold,
    profile: base + profileMetricsTable.suffix,
    drift: base + driftMetricsTable.suffix,
    windows: `${base}_windows`,
  };
}

/** A statement and the values of its parameters. */
export interface HistoryStatement {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, SqlParameter>>;
}

/** A full name as SQL writes it. */
export const quoted = (table: string): string => quoteName(...table.split('.'));

/** The three tables. */
export function createTables(tables: HistoryTables): string[] {
  const metricTable = (name: string, { columns, comment }: MetricTable): string =>
    createTable(
      name,
      columns.map(
        (column) =>
          `${quoteName(column.name)} ${sparkDialect.type(column.type)} COMMENT ${quoteConstant(column.comment)}`,
      ),
      comment.replace('Embedded quality monitor', 'History profile of tracelift'),
    );
  const remembered = ['profile_fingerprint STRING', 'drift_fingerprint STRING', 'profiled_at TIMESTAMP'];
  return [
    metricTable(tables.profile, profileMetricsTable),
    metricTable(tables.drift, driftMetricsTable),
    createTable(
      tables.windows,
      ['granularity STRING', 'window_start TIMESTAMP', ...remembered],
      'History profile of tracelift: what each window was computed from',
    ),
  ];
}

const createTable = (name: string, columns: readonly string[], comment: string): string =>
  `CREATE TABLE IF NOT EXISTS ${quoted(name)} (${columns.join(', ')}) USING DELTA COMMENT ${quoteConstant(comment)}`;

export const dropTable = (name: string): string => `DROP TABLE IF EXISTS ${quoted(name)}`;

/** Parameters by name, `:p0`, `:p1`, …; equal values share one. */
function namedParameters(): { readonly bind: Bind; readonly parameters: Record<string, SqlParameter> } {
  const values: (string | number)[] = [];
  const parameters: Record<string, SqlParameter> = {};
  const bind: Bind = (value) => {
    const known = values.indexOf(value);
    const name = `p${String(known === -1 ? values.push(value) - 1 : known)}`;
    parameters[name] = value;
    return `:${name}`;
  };
  return { bind, parameters };
}

/**
 * Condition that a metric row belongs to certain windows: plain comparisons with constants, since `REPLACE WHERE` takes
 * no others. A list of hundreds would exceed the 256 parameters of a statement, so our own whole numbers are written in.
 */
export const inWindows = (granularity: string, startsUs: readonly number[]): string =>
  `granularity = ${granularity} AND ${quoteName('window')}.${quoteName('start')} IN (${instants(startsUs)})`;

const instants = (startsUs: readonly number[]): string =>
  startsUs.map((us) => `timestamp_micros(${wholeNumber(us)})`).join(', ');

function wholeNumber(us: number): string {
  if (Number.isSafeInteger(us)) return String(us);
  throw new TraceliftError('Internal', {
    where: 'the history profile',
    reason: 'the start of a window is no whole number',
  });
}

export interface BatchOfWindows {
  readonly granularity: Granularity;
  /** Epoch microseconds, at least one. */
  readonly startsUs: readonly number[];
}

/** Profiles the windows of a batch, all columns and slices, in place of what was there. */
export function replaceProfiles(
  tables: HistoryTables,
  { granularity, startsUs, lengthUs }: BatchOfWindows & { readonly lengthUs: number },
  columns: readonly ProfiledColumn[],
  slicingColumns: readonly string[],
): HistoryStatement {
  const { bind, parameters } = namedParameters();
  const starts = bind(JSON.stringify(startsUs));
  const base = {
    gold: tables.gold,
    granularity,
    monitorVersion: 0,
    fromUs: Math.min(...startsUs),
    toUs: Math.max(...startsUs) + lengthUs,
  };
  const windows = `SELECT explode(from_json(${starts}, 'ARRAY<BIGINT>')) AS window_us`;
  const selects = [null, ...slicingColumns].flatMap((slicingColumn): ProfileSelect[] => {
    const slices =
      slicingColumn === null
        ? `(SELECT window_us, CAST(NULL AS STRING) AS slice_key, CAST(NULL AS STRING) AS slice_value FROM (${windows}))`
        : `(${topSlices(sparkDialect, base, `(${windows})`, slicingColumn, bind)})`;
    const batch: ProfileBatch = { ...base, slices };
    const cut = { slicingColumn, bind };
    return [
      tableProfiles(sparkDialect, batch, cut, columns),
      ...columnGroups(columns, columns.length).map((group) => columnProfiles(sparkDialect, batch, cut, group)),
    ];
  });
  const rows = selects.map(({ cells, from }) => `SELECT ${rowOf(profileMetricsTable, cells)} FROM ${from}`);
  const where = inWindows(quoteConstant(granularity), startsUs);
  return {
    sql: `INSERT INTO ${quoted(tables.profile)} REPLACE WHERE ${where}\n${rows.join('\nUNION ALL\n')}`,
    parameters,
  };
}

/** All columns of a metric table in their order; those without a cell are NULL. */
export function rowOf({ columns }: MetricTable, cells: Readonly<Record<string, string>>): string {
  return columns
    .map(({ name, type }) => `CAST(${cells[name] ?? 'NULL'} AS ${sparkDialect.type(type)}) AS ${quoteName(name)}`)
    .join(', ');
}

/** Windows that have gold rows, as text: see `currentWindows`. */
export function selectCurrentWindows(
  gold: string,
  granularity: Granularity,
  slicingColumns: readonly string[],
  bounds: Bounds,
): HistoryStatement {
  const { bind, parameters } = namedParameters();
  const facts = currentWindows(sparkDialect, gold, granularity, slicingColumns, bounds, bind);
  const cells = ['window_us', 'num_rows', 'last_us', 'checksum', 'num_slices'].map(asText);
  return { sql: `SELECT ${cells.join(', ')} FROM (${facts})`, parameters };
}

/** An integer as the driver hands it on exactly. */
export const asText = (name: string): string => `CAST(${name} AS STRING) AS ${name}`;

/** All windows that are remembered or that have metric rows. */
export const selectStoredWindows = ({ windows, profile }: HistoryTables): string =>
  `SELECT coalesce(w.granularity, p.granularity) AS granularity,
    CAST(coalesce(w.window_us, p.window_us) AS STRING) AS window_us, w.profile_fingerprint, w.drift_fingerprint
  FROM (SELECT granularity, unix_micros(window_start) AS window_us, profile_fingerprint, drift_fingerprint
      FROM ${quoted(windows)}) AS w
  FULL JOIN (SELECT DISTINCT granularity, unix_micros(${quoteName('window')}.${quoteName('start')}) AS window_us
      FROM ${quoted(profile)}) AS p
    ON p.granularity = w.granularity AND p.window_us = w.window_us`;

/** A window as it is remembered: a JSON object. Times are epoch microseconds. */
export interface RememberedWindow {
  readonly granularity: string;
  readonly window_us: number;
  readonly fingerprint: string;
}

const remembered = `SELECT one.granularity, timestamp_micros(one.window_us) AS window_start, one.fingerprint
  FROM (SELECT explode(from_json(:rows, 'ARRAY<STRUCT<granularity: STRING, window_us: BIGINT, fingerprint: STRING>>')) AS one)`;
const sameWindow = 't.granularity = s.granularity AND t.window_start = s.window_start';

/** What windows were profiled from; their drift is to be computed again. */
export function rememberProfiles(
  { windows }: HistoryTables,
  rows: readonly RememberedWindow[],
  nowUs: number,
): HistoryStatement {
  return {
    sql: `MERGE INTO ${quoted(windows)} AS t USING (${remembered}) AS s ON ${sameWindow}
      WHEN MATCHED THEN UPDATE SET profile_fingerprint = s.fingerprint, drift_fingerprint = NULL,
        profiled_at = timestamp_micros(:now_us)
      WHEN NOT MATCHED THEN INSERT (granularity, window_start, profile_fingerprint, drift_fingerprint, profiled_at)
        VALUES (s.granularity, s.window_start, s.fingerprint, NULL, timestamp_micros(:now_us))`,
    parameters: { rows: JSON.stringify(rows), now_us: nowUs },
  };
}

export function rememberDrift({ windows }: HistoryTables, rows: readonly RememberedWindow[]): HistoryStatement {
  return {
    sql: `MERGE INTO ${quoted(windows)} AS t USING (${remembered}) AS s ON ${sameWindow}
      WHEN MATCHED THEN UPDATE SET drift_fingerprint = s.fingerprint`,
    parameters: { rows: JSON.stringify(rows) },
  };
}

/** Removes windows, from the metric tables first: what is still remembered is removed again. */
export function forgetWindows(tables: HistoryTables, { granularity, startsUs }: BatchOfWindows): HistoryStatement[] {
  const parameters = { granularity };
  const where = inWindows(':granularity', startsUs);
  return [
    { sql: `DELETE FROM ${quoted(tables.drift)} WHERE ${where}`, parameters },
    { sql: `DELETE FROM ${quoted(tables.profile)} WHERE ${where}`, parameters },
    {
      sql: `DELETE FROM ${quoted(tables.windows)}
        WHERE granularity = :granularity AND window_start IN (${instants(startsUs)})`,
      parameters,
    },
  ];
}

/** Rows of both metric tables, and when the last window was profiled. */
export const selectStatus = ({ profile, drift, windows }: HistoryTables): string =>
  `SELECT CAST((SELECT count(*) FROM ${quoted(profile)}) AS STRING) AS profile_rows,
    CAST((SELECT count(*) FROM ${quoted(drift)}) AS STRING) AS drift_rows,
    CAST((SELECT unix_micros(max(profiled_at)) FROM ${quoted(windows)}) AS STRING) AS profiled_us`;

/** Number of profile rows of a batch. */
export function countProfiles({ profile }: HistoryTables, { granularity, startsUs }: BatchOfWindows): HistoryStatement {
  return {
    sql: `SELECT CAST(count(*) AS STRING) AS num_rows FROM ${quoted(profile)} WHERE ${inWindows(':granularity', startsUs)}`,
    parameters: { granularity },
  };
}
