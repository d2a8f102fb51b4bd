/** How DuckDB says what the shared statements need. Imports the shared interface and the quoting only. */
import type { MetricColumnType } from '../../../monitor/tables.js';
import { numQuantiles } from '../../../statistics/quantiles.js';
import type { Dialect } from '../../sql/dialect.js';
import { identifier, qualifiedName, textConstant } from './names.js';
import { duckDbTypes } from './types.js';

const types: Readonly<Record<MetricColumnType, string>> = {
  STRING: 'VARCHAR',
  INT: 'INTEGER',
  BIGINT: 'BIGINT',
  DOUBLE: 'DOUBLE',
  LIST_STRING: 'VARCHAR[]',
  LIST_DOUBLE: 'DOUBLE[]',
  WINDOW: `STRUCT("start" ${duckDbTypes.TIMESTAMP}, "end" ${duckDbTypes.TIMESTAMP})`,
  LIST_ITEM: 'STRUCT(item VARCHAR, "count" BIGINT)[]',
  COLUMNS_DELTA: 'STRUCT(added INTEGER, missing INTEGER)',
  TEST: 'STRUCT(statistic DOUBLE, pvalue DOUBLE)',
};

export const duckDbDialect: Dialect = {
  identifier,
  table: qualifiedName,
  constant: textConstant,
  type: (type) => types[type],
  timestampType: duckDbTypes.TIMESTAMP,
  timestampOfMicros: (sql) => `make_timestamptz(${sql})`,
  microsOfTimestamp: (sql) => `epoch_us(${sql})`,
  secondsOfTimestamp: (sql) => `epoch(${sql})`,
  parameter: (name) => `$${name}`,
  exactInteger: (sql) => sql,
  unfoldJsonTexts: (jsonSql) => `unnest(from_json(${jsonSql}, '["VARCHAR"]'))`,
  unfoldJsonStructs: (jsonSql, fields) => {
    const wire = Object.entries(fields).map(([name, type]) => [name, duckDbTypes[type]]);
    return `unnest(from_json(${jsonSql}, ${textConstant(JSON.stringify([Object.fromEntries(wire)]))}))`;
  },
  jsonMember: (jsonSql, name) => `json_extract_string(${jsonSql}, ${textConstant(`$."${name}"`)})`,
  structsFromJson: (jsonSql, fields) => {
    const wire = Object.entries(fields).map(([name, type]) => [name, duckDbTypes[type]]);
    const shape = textConstant(JSON.stringify([Object.fromEntries(wire)]));
    return `(SELECT unnest(list) AS item, generate_subscripts(list, 1) - 1 AS position FROM (SELECT from_json(${jsonSql}, ${shape}) AS list))`;
  },
  utcDay: (sql) => `CAST(${sql} AT TIME ZONE 'UTC' AS DATE)`,
  struct: (fields) =>
    `struct_pack(${Object.entries(fields)
      .map(([name, sql]) => `${identifier(name)} := ${sql}`)
      .join(', ')})`,
  asText: (sql) => `CAST(${sql} AS VARCHAR)`,
  isNan: (sql) => `isnan(${sql})`,
  isFinite: (sql) => `isfinite(${sql})`,
  sortedList: (sql) => `list_sort(list(${sql}) FILTER (WHERE ${sql} IS NOT NULL))`,
  quantilesOfSorted: (sql) =>
    `CASE WHEN len(${sql}) > 0 THEN list_transform(range(${String(numQuantiles)}), ` +
    `lambda i: ${sql}[1 + ((2 * i + 1) * len(${sql})) // ${String(2 * numQuantiles)}]) END`,
  frequentItems: (valueSql, countSql, limit, maxLength) =>
    `(list(struct_pack(item := left(${valueSql}, ${String(maxLength)}), "count" := ${countSql}) ` +
    `ORDER BY ${countSql} DESC, ${valueSql}) FILTER (WHERE ${valueSql} IS NOT NULL))[1:${String(limit)}]`,
  columnsAsRows: (columns) => {
    const list = (cells: readonly string[]): string => `unnest([${cells.join(', ')}])`;
    const names = columns.map(({ name }) => textConstant(name));
    const dataTypes = columns.map(({ dataType }) => textConstant(dataType));
    const values = columns.map(({ sql }) => sql);
    return `${list(names)} AS column_name, ${list(dataTypes)} AS data_type, ${list(values)} AS x`;
  },
  listOfPresent: (items) => `list_filter([${items.join(', ')}], lambda name: name IS NOT NULL)`,
  field: (sql, name) => `struct_extract(${sql}, '${name}')`,
  mapValue: (sql, key) => `${sql}[${textConstant(key)}]`,
  plusMinutes: (timestampSql, minutesSql) => `${timestampSql} + to_minutes(CAST(${minutesSql} AS BIGINT))`,
  sortedJsonTexts: (sql) =>
    `CAST(to_json(coalesce(list_sort(list(DISTINCT ${sql}) FILTER (WHERE ${sql} IS NOT NULL)), [])) AS VARCHAR)`,
  jsonRows: (json, fields) => {
    const wire = Object.entries(fields).map(([name, type]) => [name, types[type]]);
    return `(SELECT unnest(from_json(${json}, ${textConstant(JSON.stringify([Object.fromEntries(wire)]))})) AS r)`;
  },
  catalogSourceTypes: (table) =>
    `(SELECT column_name, raw_name, unnest(from_json(source_types, '["VARCHAR"]')) AS source_type FROM ${table})`,
};
