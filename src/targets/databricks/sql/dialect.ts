/** How Spark and Databricks say what the shared statements need. Imports the shared interface and the quoting only. */
import type { MetricColumnType } from '../../../monitor/tables.js';
import { numQuantiles } from '../../../statistics/quantiles.js';
import type { Dialect } from '../../sql/dialect.js';
import { quoteConstant, quoteName } from './quoting.js';

const types: Readonly<Record<MetricColumnType, string>> = {
  STRING: 'STRING',
  INT: 'INT',
  BIGINT: 'BIGINT',
  DOUBLE: 'DOUBLE',
  LIST_STRING: 'ARRAY<STRING>',
  LIST_DOUBLE: 'ARRAY<DOUBLE>',
  WINDOW: 'STRUCT<`start`: TIMESTAMP, `end`: TIMESTAMP>',
  LIST_ITEM: 'ARRAY<STRUCT<item: STRING, `count`: BIGINT>>',
  COLUMNS_DELTA: 'STRUCT<added: INT, missing: INT>',
  TEST: 'STRUCT<statistic: DOUBLE, pvalue: DOUBLE>',
};

export const sparkDialect: Dialect = {
  identifier: (name) => quoteName(name),
  table: (name) => quoteName(...name.split('.')),
  constant: quoteConstant,
  type: (type) => types[type],
  timestampType: 'TIMESTAMP',
  timestampOfMicros: (sql) => `timestamp_micros(CAST(${sql} AS BIGINT))`,
  microsOfTimestamp: (sql) => `unix_micros(${sql})`,
  secondsOfTimestamp: (sql) => `(CAST(unix_micros(${sql}) AS DOUBLE) / CAST(1000000 AS DOUBLE))`,
  parameter: (name) => `:${name}`,
  // The driver rounds BIGINT.
  exactInteger: (sql) => `CAST(${sql} AS STRING)`,
  unfoldJsonTexts: (jsonSql) => `explode(from_json(${jsonSql}, 'ARRAY<STRING>'))`,
  unfoldJsonStructs: (jsonSql, fields) => {
    const shape = Object.entries(fields).map(([name, type]) => `${quoteName(name)}: ${type}`);
    return `explode(from_json(${jsonSql}, ${quoteConstant(`ARRAY<STRUCT<${shape.join(', ')}>>`)}))`;
  },
  // A path would need a dollar sign, which Spark takes for a variable.
  jsonMember: (jsonSql, name) => `from_json(${jsonSql}, 'MAP<STRING, STRING>')[${quoteConstant(name)}]`,
  structsFromJson: (jsonSql, fields) => {
    const shape = Object.entries(fields).map(([name, type]) => `${quoteName(name)}: ${type}`);
    return `(SELECT posexplode(from_json(${jsonSql}, 'ARRAY<STRUCT<${shape.join(', ')}>>')) AS (position, item))`;
  },
  utcDay: (sql) => `date_from_unix_date(CAST(floor(unix_seconds(${sql}) / 86400) AS INT))`,
  struct: (fields) =>
    `named_struct(${Object.entries(fields)
      .map(([name, sql]) => `${quoteConstant(name)}, ${sql}`)
      .join(', ')})`,
  asText: (sql) => `CAST(${sql} AS STRING)`,
  isNan: (sql) => `isnan(${sql})`,
  isFinite: (sql) => `(NOT isnan(${sql}) AND abs(${sql}) < CAST('Infinity' AS DOUBLE))`,
  // Lists of Spark leave NULL out, and are empty where nothing is left.
  sortedList: (sql) => `CASE WHEN count(${sql}) > 0 THEN sort_array(collect_list(${sql})) END`,
  quantilesOfSorted: (sql) =>
    `CASE WHEN ${sql} IS NOT NULL THEN transform(sequence(0, ${String(numQuantiles - 1)}), i -> ` +
    `${sql}[CAST(((2 * CAST(i AS BIGINT) + 1) * size(${sql})) DIV ${String(2 * numQuantiles)} AS INT)]) END`,
  frequentItems: (valueSql, countSql, limit, maxLength) =>
    `CASE WHEN count(${valueSql}) > 0 THEN transform(slice(sort_array(collect_list(CASE WHEN ${valueSql} IS NOT NULL ` +
    `THEN named_struct('place', -${countSql}, 'item', ${valueSql}) END)), 1, ${String(limit)}), ` +
    `one -> named_struct('item', left(one.item, ${String(maxLength)}), 'count', -one.place)) END`,
  columnsAsRows: (columns) => {
    const cells = columns.flatMap(({ name, dataType, sql }) => [quoteConstant(name), quoteConstant(dataType), sql]);
    return `stack(${String(columns.length)}, ${cells.join(', ')}) AS (column_name, data_type, x)`;
  },
  listOfPresent: (items) => `filter(array(${items.join(', ')}), name -> name IS NOT NULL)`,
  field: (sql, name) => `${sql}.${quoteName(name)}`,
  mapValue: (sql, key) => `${sql}[${quoteConstant(key)}]`,
  plusMinutes: (timestampSql, minutesSql) =>
    `timestamp_micros(unix_micros(${timestampSql}) + CAST(${minutesSql} AS BIGINT) * 60000000)`,
  sortedJsonTexts: (sql) => `to_json(array_sort(collect_set(${sql})))`,
  jsonRows: (json, fields) => {
    const wire = Object.entries(fields).map(([name, type]) => `${name}: ${types[type]}`);
    return `(SELECT explode(from_json(${json}, ${quoteConstant(`ARRAY<STRUCT<${wire.join(', ')}>>`)})) AS r)`;
  },
  catalogSourceTypes: (table) =>
    `(SELECT column_name, raw_name, explode(from_json(source_types, 'ARRAY<STRING>')) AS source_type FROM ${table})`,
};
