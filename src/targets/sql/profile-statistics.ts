/**
 * Which statistics each kind of column has, as SQL. Imports types of tables and monitor and the dialect only.
 *
 * NaN and infinities occur in metric values: NaN counts as such and enters nothing else; infinities enter minimum,
 * maximum, quantiles and distinct count, but no mean, deviation or median.
 */
import type { ColumnKind } from '../../monitor/columns.js';
import type { Dialect } from './dialect.js';

const maxFrequentItems = 100;
const maxItemLength = 256;
/** Greatest magnitude whose square still adds up within a DOUBLE: beyond it the database refuses the deviation. */
const maxDeviationMagnitude = '1e150';

/** Statistics of one kind of column: how rows are read, what is aggregated, what is derived. */
export interface KindSql {
  /** A gold column as the kind's common type: columns of one kind are read together. */
  readonly cast: (sql: string) => string;
  /** Input columns, from that value, named `x`. */
  readonly input: readonly string[];
  /** Grouping before the statistics, for kinds that need counts per value. */
  readonly isPerValue: boolean;
  /** Aggregates by name. */
  readonly aggregates: Readonly<Record<string, string>>;
  /** Metric columns by name, from the aggregates. */
  readonly metrics: Readonly<Record<string, string>>;
}

const percent = (part: string): string => `CAST(100 AS DOUBLE) * ${part} / num_rows`;

/** The statistics of a kind; which kind has which is that of Databricks' metric tables. */
export function kindSql(dialect: Dialect, kind: ColumnKind): KindSql {
  switch (kind) {
    case 'number':
      return numberSql(dialect);
    case 'timestamp':
      return timestampSql(dialect);
    case 'text':
      return categorySql(dialect, true);
    case 'boolean':
      return categorySql(dialect, false);
  }
}

/** `x`: the value; `y`: the same without NaN; `z`: finite ones only. */
function numberSql(dialect: Dialect): KindSql {
  return {
    cast: (sql) => `CAST(${sql} AS DOUBLE)`,
    input: [
      'x',
      `CASE WHEN NOT ${dialect.isNan('x')} THEN x END AS y`,
      `CASE WHEN ${dialect.isFinite('x')} THEN x END AS z`,
    ],
    isPerValue: false,
    aggregates: {
      num_rows: 'count(*)',
      num_values: 'count(x)',
      mean: 'avg(z)',
      sorted: dialect.sortedList('y'),
      least_value: 'min(y)',
      greatest_value: 'max(y)',
      deviation: `CASE WHEN max(abs(z)) <= ${maxDeviationMagnitude}
        THEN stddev_samp(CASE WHEN abs(z) <= ${maxDeviationMagnitude} THEN z END) END`,
      zeros: 'count(CASE WHEN x = 0 THEN 1 END)',
      nans: `count(CASE WHEN ${dialect.isNan('x')} THEN 1 END)`,
      middle: 'median(z)',
      num_distinct: 'count(DISTINCT y)',
    },
    metrics: {
      num_nulls: 'num_rows - num_values',
      avg: `CASE WHEN ${dialect.isFinite('mean')} THEN mean END`,
      quantiles: dialect.quantilesOfSorted('sorted'),
      min: 'least_value',
      max: 'greatest_value',
      stddev: 'deviation',
      num_zeros: 'zeros',
      num_nan: 'nans',
      median: `CASE WHEN ${dialect.isFinite('middle')} THEN middle END`,
      distinct_count: 'num_distinct',
      percent_nan: percent('nans'),
      percent_null: percent('(num_rows - num_values)'),
      percent_zeros: percent('zeros'),
      percent_distinct: percent('num_distinct'),
    },
  };
}

function timestampSql(dialect: Dialect): KindSql {
  return {
    cast: (sql) => dialect.secondsOfTimestamp(sql),
    input: ['x'],
    isPerValue: false,
    aggregates: {
      num_rows: 'count(*)',
      num_values: 'count(x)',
      least_value: 'min(x)',
      greatest_value: 'max(x)',
      middle: 'median(x)',
      num_distinct: 'count(DISTINCT x)',
    },
    metrics: {
      num_nulls: 'num_rows - num_values',
      min: 'least_value',
      max: 'greatest_value',
      median: 'middle',
      distinct_count: 'num_distinct',
      percent_null: percent('(num_rows - num_values)'),
      percent_distinct: percent('num_distinct'),
    },
  };
}

function categorySql(dialect: Dialect, hasLength: boolean): KindSql {
  const lengths = { min_length: 'shortest', max_length: 'longest', avg_length: 'mean_length' };
  const lengthAggregates = {
    shortest: 'CAST(min(length(x)) AS DOUBLE)',
    longest: 'CAST(max(length(x)) AS DOUBLE)',
    mean_length: 'sum(CAST(length(x) AS DOUBLE) * n) / sum(CASE WHEN x IS NOT NULL THEN n END)',
  };
  return {
    cast: (sql) => dialect.asText(sql),
    input: ['x'],
    isPerValue: true,
    aggregates: {
      num_rows: 'CAST(sum(n) AS BIGINT)',
      nulls: 'CAST(sum(CASE WHEN x IS NULL THEN n ELSE 0 END) AS BIGINT)',
      items: dialect.frequentItems('x', 'n', maxFrequentItems, maxItemLength),
      num_distinct: 'count(x)',
      ...(hasLength ? lengthAggregates : {}),
    },
    metrics: {
      num_nulls: 'nulls',
      ...(hasLength ? lengths : {}),
      frequent_items: 'items',
      distinct_count: 'num_distinct',
      percent_null: percent('nulls'),
      percent_distinct: percent('num_distinct'),
    },
  };
}
