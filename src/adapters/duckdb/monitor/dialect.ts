/**
 * What the profile's SQL needs from a database, and how DuckDB says it. Imports domain types and the
 * adapter's quoting only.
 *
 * `sql.ts` builds every statement from this interface and from SQL that all databases share: another database that
 * computes the same profile brings another dialect, not other statements.
 */
import type { MetricColumnType } from '../../../domain/profile/tables.js';
import { numQuantiles } from '../../../domain/stats/quantiles.js';
import { identifier, qualifiedName, textConstant } from '../sql/names.js';
import { duckDbTypes } from '../sql/types.js';

/** Arguments named `sql` are SQL expressions made by the builder, never values. */
export interface ProfileDialect {
  /** A name of a column as SQL writes it. */
  identifier(name: string): string;
  /** A name of a table, with or without a schema before it. */
  table(name: string): string;
  /** A text constant of our own, such as a column comment. Values of users travel as parameters. */
  constant(text: string): string;
  type(type: MetricColumnType): string;
  /** Name of the type of instants. */
  readonly timestampType: string;
  /** Instant from epoch microseconds. */
  timestampOfMicros(sql: string): string;
  microsOfTimestamp(sql: string): string;
  /** Seconds since 1970 as DOUBLE, with fractions. */
  secondsOfTimestamp(sql: string): string;
  /** The structure of the `window` columns. */
  window(startSql: string, endSql: string): string;
  text(sql: string): string;
  isNan(sql: string): string;
  isFinite(sql: string): string;
  /** Aggregate: all values that are not NULL, ascending, as a list; NULL for none. */
  sortedList(sql: string): string;
  /** The quantiles of a sorted list, see domain/stats/quantiles; NULL for NULL. */
  quantilesOfSorted(sql: string): string;
  /** Aggregate: list of `item` and `count`, most frequent first, at most `limit`; rows with a NULL value left out. */
  frequentItems(valueSql: string, countSql: string, limit: number, maxLength: number): string;
  /** Select list that turns columns of one type into rows of `column_name`, `data_type` and `x`. */
  columnsAsRows(columns: readonly { readonly name: string; readonly dataType: string; readonly sql: string }[]): string;
  /** List of the texts that are not NULL. */
  listOfPresent(items: readonly string[]): string;
  /** Fields of the `window` columns. */
  field(sql: string, name: string): string;
}

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

export const duckDbDialect: ProfileDialect = {
  identifier,
  table: qualifiedName,
  constant: textConstant,
  type: (type) => types[type],
  timestampType: duckDbTypes.TIMESTAMP,
  timestampOfMicros: (sql) => `make_timestamptz(${sql})`,
  microsOfTimestamp: (sql) => `epoch_us(${sql})`,
  secondsOfTimestamp: (sql) => `epoch(${sql})`,
  window: (startSql, endSql) => `struct_pack("start" := ${startSql}, "end" := ${endSql})`,
  text: (sql) => `CAST(${sql} AS VARCHAR)`,
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
};
