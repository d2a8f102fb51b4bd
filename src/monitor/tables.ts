/**
 * The two tables of tracelift's monitor. Pure; imports nothing.
 *
 * Names, order and types of the columns are those of the tables that Databricks' own monitor writes
 * (https://docs.databricks.com/aws/en/lakehouse-monitoring/monitor-output), so that queries and dashboards fit both.
 * These are the only tables with structures and arrays.
 */

/** Types of metric columns; the structures are spelt out where the SQL is made. */
export type MetricColumnType =
  | 'STRING'
  | 'INT'
  | 'BIGINT'
  | 'DOUBLE'
  | 'LIST_STRING'
  | 'LIST_DOUBLE'
  /** `start` and `end`, both TIMESTAMP. */
  | 'WINDOW'
  /** List of `item` (STRING) and `count` (BIGINT). */
  | 'LIST_ITEM'
  /** `added` and `missing`, both INT. */
  | 'COLUMNS_DELTA'
  /** `statistic` and `pvalue`, both DOUBLE. */
  | 'TEST';

interface MetricColumn {
  readonly name: string;
  readonly type: MetricColumnType;
  readonly comment: string;
}

export interface MetricTable {
  /** Appended to the name of the gold table. */
  readonly suffix: string;
  readonly comment: string;
  readonly columns: readonly MetricColumn[];
}

/** Names of what a monitor keeps, and of what it watches: unquoted, with catalog and schema where they have one. */
export interface MonitorTables {
  readonly gold: string;
  readonly profile: string;
  readonly drift: string;
  /** One row per profile window: what it was computed from. */
  readonly windows: string;
}

/** Said of {@link MonitorTables.windows}. */
export const windowsTableComment = 'Monitor of tracelift: what each window was computed from';

const column = (name: string, type: MetricColumnType, comment: string): MetricColumn => ({ name, type, comment });

const windowColumn = column('window', 'WINDOW', 'Window of trace start time, UTC, half-open');
const versionColumn = column(
  'monitor_version',
  'BIGINT',
  'Version of the monitor: raised by every change of its settings',
);
const granularityColumn = column('granularity', 'STRING', 'Length of the window: 1 hour or 1 day');
const sliceColumns = [
  column('slice_key', 'STRING', 'Column that cuts the slice; NULL for the whole table'),
  column('slice_value', 'STRING', 'Its value, as text; NULL for the whole table'),
];
const nameColumn = column('column_name', 'STRING', 'Profiled column, or :table for the table itself');
const dataTypeColumn = column('data_type', 'STRING', 'Type of the profiled column; NULL for :table');

/** `<gold>_profile_metrics`: one row per window, slice and column. */
export const profileMetricsTable: MetricTable = {
  suffix: '_profile_metrics',
  comment: 'Monitor of tracelift: one profile per window, slice and column of the gold table',
  columns: [
    windowColumn,
    column('log_type', 'STRING', 'Always INPUT: there is no baseline table'),
    column('logging_table_commit_version', 'INT', 'Version of the gold table; NULL where tables have no versions'),
    versionColumn,
    granularityColumn,
    ...sliceColumns,
    nameColumn,
    column('count', 'BIGINT', 'Rows in the window and slice, those with NULL included'),
    dataTypeColumn,
    column('num_nulls', 'BIGINT', 'Rows where the column is NULL'),
    column('avg', 'DOUBLE', 'Mean of the finite values'),
    column(
      'quantiles',
      'LIST_DOUBLE',
      '1,000 quantiles of the values that are not NaN: the middles of 1,000 equal parts',
    ),
    column('min', 'DOUBLE', 'Smallest value that is not NaN; timestamps as epoch seconds'),
    column('max', 'DOUBLE', 'Greatest value that is not NaN; timestamps as epoch seconds'),
    column('stddev', 'DOUBLE', 'Sample standard deviation of the finite values; NULL below two values'),
    column('num_zeros', 'BIGINT', 'Values equal to 0'),
    column('num_nan', 'BIGINT', 'Values that are NaN'),
    column('min_length', 'DOUBLE', 'Length of the shortest text, characters'),
    column('max_length', 'DOUBLE', 'Length of the longest text, characters'),
    column('avg_length', 'DOUBLE', 'Mean length of the texts, characters'),
    column('non_null_columns', 'LIST_STRING', 'Row :table only: profiled columns with at least one value'),
    column('frequent_items', 'LIST_ITEM', 'Up to 100 most frequent values, each cut to 256 characters'),
    column('median', 'DOUBLE', 'Median of the finite values; timestamps as epoch seconds'),
    column('distinct_count', 'BIGINT', 'Distinct values, exact; NULL and NaN are no values'),
    column('percent_nan', 'DOUBLE', '100 * num_nan / count'),
    column('percent_null', 'DOUBLE', '100 * num_nulls / count'),
    column('percent_zeros', 'DOUBLE', '100 * num_zeros / count'),
    column('percent_distinct', 'DOUBLE', '100 * distinct_count / count'),
  ],
};

const notComputed = 'Not computed; the column exists so that queries for the monitor of Databricks run';

/** `<gold>_drift_metrics`: how each column changed from the window before; deltas are current - previous. */
export const driftMetricsTable: MetricTable = {
  suffix: '_drift_metrics',
  comment: 'Monitor of tracelift: change of each column from one window to the next',
  columns: [
    windowColumn,
    granularityColumn,
    versionColumn,
    ...sliceColumns,
    nameColumn,
    dataTypeColumn,
    column('window_cmp', 'WINDOW', 'Window compared with: the one right before'),
    column('drift_type', 'STRING', 'Always CONSECUTIVE: there is no baseline table'),
    column('count_delta', 'BIGINT', 'Change of count'),
    column('avg_delta', 'DOUBLE', 'Change of avg'),
    column('percent_null_delta', 'DOUBLE', 'Change of percent_null, percentage points'),
    column('percent_zeros_delta', 'DOUBLE', 'Change of percent_zeros, percentage points'),
    column('percent_distinct_delta', 'DOUBLE', 'Change of percent_distinct, percentage points'),
    column('non_null_columns_delta', 'COLUMNS_DELTA', 'Row :table only: columns that gained or lost all their values'),
    column('js_distance', 'DOUBLE', notComputed),
    column('ks_test', 'TEST', 'Two-sample Kolmogorov-Smirnov test; pvalue NULL where a window has fewer than 5 values'),
    column('wasserstein_distance', 'DOUBLE', notComputed),
    column(
      'population_stability_index',
      'DOUBLE',
      "Population stability index over the deciles of the earlier window; this definition is tracelift's own",
    ),
    column('chi_squared_test', 'TEST', notComputed),
    column('tv_distance', 'DOUBLE', notComputed),
    column('l_infinity_distance', 'DOUBLE', notComputed),
  ],
};
