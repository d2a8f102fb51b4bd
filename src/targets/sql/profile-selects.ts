/**
 * What a profile is computed from and how, as queries. Imports types of tables and monitor and the dialect only; values are bound.
 *
 * Every query reads a few columns of the windows of one batch, cut by one slicing column or by none. What becomes of
 * the rows is the warehouse's business.
 */
import type { ColumnKind, ProfiledColumn } from '../../monitor/columns.js';
import { tableRowName } from '../../monitor/model.js';
import type { ProfileDefinition } from '../../monitor/definition.js';
import type { WindowBatch } from '../../monitor/plan.js';
import type { GoldRange } from '../../monitor/profile-store.js';
import { windowLengthMs, windowStartUs, type Granularity } from '../../monitor/windows.js';
import type { Bind, Dialect } from './dialect.js';
import { kindSql } from './profile-statistics.js';

/** Values a slicing column may have in one window; the most frequent ones are kept, as in Databricks' monitor. */
const maxSlicesPerColumn = 100;

/** Start of the UTC window in which an instant lies, epoch microseconds; the remainder is taken twice for times before 1970. */
function windowStart(dialect: Dialect, granularity: Granularity, timestampSql: string): string {
  const lengthUs = String(windowLengthMs(granularity) * 1000);
  const us = dialect.microsOfTimestamp(timestampSql);
  return `${us} - (${us} % ${lengthUs} + ${lengthUs}) % ${lengthUs}`;
}

/** What one batch of windows is profiled from. */
export interface ProfileSource {
  /** Gold table, unquoted. */
  readonly gold: string;
  /**
   * FROM item of `window_us`, `slice_key`, `slice_value`: the windows themselves (both NULL) and the slices of
   * {@link topSlices}.
   */
  readonly slices: string;
  readonly granularity: Granularity;
  readonly monitorVersion: number;
  /** First window's start and last window's end, epoch microseconds. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** The source of a batch but for its slices. */
export function profileSource(
  gold: string,
  { granularity, windows }: WindowBatch,
  { monitorVersion }: ProfileDefinition,
): Omit<ProfileSource, 'slices'> {
  const startsUs = windows.map(windowStartUs);
  const toUs = Math.max(...startsUs) + windowLengthMs(granularity) * 1000;
  return { gold, granularity, monitorVersion, fromUs: Math.min(...startsUs), toUs };
}

/** How a profile is cut, and where its values go. */
export interface ProfileCut {
  /** Null: the whole table. */
  readonly slicingColumn: string | null;
  readonly bind: Bind;
}

/**
 * The most frequent values of one slicing column in each window; rows with NULL there are in no slice.
 *
 * @param due FROM item of `window_us`: the windows of the batch, which need not be all between its bounds
 */
export function topSlices(
  dialect: Dialect,
  batch: Omit<ProfileSource, 'slices'>,
  due: string,
  slicingColumn: string,
  bind: Bind,
): string {
  const start = windowStart(dialect, batch.granularity, 'g.start_time');
  const value = dialect.asText(`g.${dialect.identifier(slicingColumn)}`);
  return `SELECT window_us, ${boundText(dialect, bind, slicingColumn)} AS slice_key, slice_value FROM (
      SELECT window_us, slice_value,
        row_number() OVER (PARTITION BY window_us ORDER BY count(*) DESC, slice_value) AS place
      FROM (SELECT s.window_us, ${value} AS slice_value
        FROM ${dialect.table(batch.gold)} AS g JOIN ${due} AS s ON s.window_us = ${start} WHERE ${withinBatch(dialect, batch, bind)})
      WHERE slice_value IS NOT NULL GROUP BY window_us, slice_value)
    WHERE place <= ${String(maxSlicesPerColumn)}`;
}

const boundText = (dialect: Dialect, bind: Bind, text: string): string =>
  `CAST(${bind(text)} AS ${dialect.type('STRING')})`;

/** Traces that the source no longer has are in no profile. */
const withinBatch = (dialect: Dialect, batch: Pick<ProfileSource, 'fromUs' | 'toUs'>, bind: Bind): string =>
  `g.deleted_at_source IS NULL AND g.start_time >= ${dialect.timestampOfMicros(bind(batch.fromUs))} AND g.start_time < ${dialect.timestampOfMicros(bind(batch.toUs))}`;

/** Gold rows of the batch, one per slice they are in, `columns` added. */
function rowsOfBatch(
  dialect: Dialect,
  batch: ProfileSource,
  { slicingColumn, bind }: ProfileCut,
  columns: readonly string[],
): string {
  const slice =
    slicingColumn === null
      ? 's.slice_key IS NULL'
      : `s.slice_key = ${boundText(dialect, bind, slicingColumn)} AND s.slice_value = ${dialect.asText(`g.${dialect.identifier(slicingColumn)}`)}`;
  const kept = slicingColumn === null ? [] : ['s.slice_value'];
  return `SELECT ${['s.window_us', ...kept, ...columns].join(', ')}
    FROM ${dialect.table(batch.gold)} AS g JOIN ${batch.slices} AS s
      ON s.window_us = ${windowStart(dialect, batch.granularity, 'g.start_time')} AND ${slice}
    WHERE ${withinBatch(dialect, batch, bind)}`;
}

/** Profile rows as a query: `SELECT <cells> FROM <from>`; metric columns without a cell are NULL. */
export interface ProfileSelect {
  readonly cells: Readonly<Record<string, string>>;
  readonly from: string;
}

/**
 * Profiles some columns of one kind in a batch, for the whole table or for the slices of one column. Several columns a
 * query, since planning one takes longer than computing a small window.
 */
export function columnProfiles(
  dialect: Dialect,
  batch: ProfileSource,
  cut: ProfileCut,
  { kind, columns }: { readonly kind: ColumnKind; readonly columns: readonly ProfiledColumn[] },
): ProfileSelect {
  const { cast, input, isPerValue, aggregates, metrics } = kindSql(dialect, kind);
  const group = `${groupOf(cut)}, column_name, data_type`;
  const wide = columns.map(({ name, dataType }) => ({
    name,
    dataType,
    sql: cast(`g.${dialect.identifier(name)}`),
  }));
  const rows = rowsOfBatch(dialect, batch, cut, [dialect.columnsAsRows(wide)]);
  const values = `SELECT ${group}, ${input.join(', ')} FROM (${rows})`;
  const source = isPerValue ? `SELECT ${group}, x, count(*) AS n FROM (${values}) GROUP BY ${group}, x` : values;
  const named = Object.entries(aggregates).map(([name, sql]) => `${sql} AS ${name}`);
  const statistics = `SELECT ${group}, ${named.join(', ')} FROM (${source}) GROUP BY ${group}`;
  const cells = { column_name: 'column_name', data_type: 'data_type', ...metrics };
  return profileSelect(dialect, batch, cut, statistics, cells);
}

/** The `:table` rows of a batch. */
export function tableProfiles(
  dialect: Dialect,
  batch: ProfileSource,
  cut: ProfileCut,
  columns: readonly ProfiledColumn[],
): ProfileSelect {
  const group = groupOf(cut);
  const values = columns.map(({ name }, index) => `g.${dialect.identifier(name)} AS c${String(index)}`);
  const present = columns.map(
    ({ name }, index) => `CASE WHEN count(c${String(index)}) > 0 THEN ${dialect.constant(name)} END`,
  );
  const rows = rowsOfBatch(dialect, batch, cut, values);
  const statistics = `SELECT ${group}, count(*) AS num_rows, ${dialect.listOfPresent(present)} AS present
    FROM (${rows}) GROUP BY ${group}`;
  const cells = { column_name: dialect.constant(tableRowName), non_null_columns: 'present' };
  return profileSelect(dialect, batch, cut, statistics, cells);
}

const groupOf = ({ slicingColumn }: ProfileCut): string =>
  slicingColumn === null ? 'window_us' : 'window_us, slice_value';

/** `metrics` says which cell is computed how from what `statistics` gives for each window and slice. */
function profileSelect(
  dialect: Dialect,
  { granularity, monitorVersion }: ProfileSource,
  { slicingColumn, bind }: ProfileCut,
  statistics: string,
  metrics: Readonly<Record<string, string>>,
): ProfileSelect {
  const slice: Record<string, string> =
    slicingColumn === null ? {} : { slice_key: boundText(dialect, bind, slicingColumn), slice_value: 'slice_value' };
  return {
    cells: {
      ...slice,
      window: dialect.struct({
        start: dialect.timestampOfMicros('window_us'),
        end: dialect.timestampOfMicros(`window_us + ${String(windowLengthMs(granularity) * 1000)}`),
      }),
      log_type: dialect.constant('INPUT'),
      monitor_version: bind(monitorVersion),
      granularity: boundText(dialect, bind, granularity),
      count: 'num_rows',
      ...metrics,
    },
    from: `(${statistics})`,
  };
}

/** Windows that have gold rows, with the facts that their fingerprints are made of: see `goldWindowOf`. */
export function goldWindows(
  dialect: Dialect,
  gold: string,
  { granularity, fromMs, slicingColumns }: GoldRange,
  bind: Bind,
): string {
  const slices = slicingColumns.map(
    (name) => `least(count(DISTINCT ${dialect.identifier(name)}), ${String(maxSlicesPerColumn)})`,
  );
  const since = fromMs === null ? '' : ` AND start_time >= ${dialect.timestampOfMicros(bind(fromMs * 1000))}`;
  // The sum of the commit times notices a row that replaced another one; the remainder keeps it within a BIGINT.
  const facts = {
    window_us: 'window_us',
    num_rows: 'count(*)',
    last_us: 'max(committed_us)',
    checksum: 'CAST(sum(committed_us % 1000000007) AS BIGINT)',
    num_slices: ['1', ...slices].join(' + '),
  };
  const cells = Object.entries(facts).map(([name, sql]) => `${dialect.asText(sql)} AS ${name}`);
  return `SELECT ${cells.join(', ')}
    FROM (SELECT *, ${windowStart(dialect, granularity, 'start_time')} AS window_us,
        ${dialect.microsOfTimestamp('committed_at')} AS committed_us FROM ${dialect.table(gold)}
        WHERE deleted_at_source IS NULL${since})
    GROUP BY window_us`;
}
