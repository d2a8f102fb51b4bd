/**
 * What the statements of this folder need from a database: its own words for what DuckDB and Spark SQL say differently.
 * Everything else in them is SQL that both have. Imports the monitor's column types only.
 */
import type { MetricColumnType } from '../../monitor/tables.js';

/** A bound value. Integers go as BIGINT, other numbers as DOUBLE; times as BIGINT microseconds, lists as JSON text. */
export type SqlParameter = string | number | bigint | boolean | null;

/** Types of members of JSON objects. */
type JsonFieldType = 'STRING' | 'DOUBLE' | 'BIGINT' | 'BOOLEAN';

/** Gives a value of a statement its place: the SQL text that stands for it. */
export type Bind = (value: string | number) => string;

/** Arguments named `…Sql` are SQL expressions made by the builders, never values. */
export interface Dialect {
  /** A name of a column as SQL writes it. */
  identifier(name: string): string;
  /** A name of a table, with or without a schema before it. */
  table(name: string): string;
  /** A text constant of our own: a column comment, the name of a column. Values of users travel as parameters. */
  constant(text: string): string;
  type(type: MetricColumnType): string;
  /** The place of a named parameter. */
  parameter(name: string): string;
  /** An integer in a form that reaches us exactly: a number, a bigint or its text. */
  exactInteger(sql: string): string;
  /** Name of the type of instants. */
  readonly timestampType: string;
  asText(sql: string): string;

  /** Instant from epoch microseconds. */
  timestampOfMicros(microsSql: string): string;
  microsOfTimestamp(timestampSql: string): string;
  /** Seconds since 1970 as DOUBLE, with fractions. */
  secondsOfTimestamp(timestampSql: string): string;
  /** The UTC day of an instant as DATE, whatever the time zone of the reader. */
  utcDay(timestampSql: string): string;
  /** An instant so many minutes later. */
  plusMinutes(timestampSql: string, minutesSql: string): string;

  isNan(sql: string): string;
  isFinite(sql: string): string;
  /** Aggregate: all values that are not NULL, ascending, as a list; NULL for none. */
  sortedList(sql: string): string;
  /** Aggregate: the distinct texts that are not NULL, sorted, as the text of a JSON array; `[]` for none. */
  sortedJsonTexts(sql: string): string;
  /** The quantiles of a sorted list, see statistics/quantiles; NULL for NULL. */
  quantilesOfSorted(listSql: string): string;
  /** Aggregate: list of `item` and `count`, most frequent first, at most `limit`; rows with a NULL value left out. */
  frequentItems(valueSql: string, countSql: string, limit: number, maxLength: number): string;
  /** List of the texts that are not NULL. */
  listOfPresent(itemsSql: readonly string[]): string;

  /** The value of a map under a key; NULL where it has none. */
  mapValue(mapSql: string, key: string): string;
  /** A structure of these fields. */
  struct(fields: Readonly<Record<string, string>>): string;
  /** A field of a structure. */
  field(structSql: string, name: string): string;

  /** Select list that turns columns of one type into rows of `column_name`, `data_type` and `x`. */
  columnsAsRows(columns: readonly { readonly name: string; readonly dataType: string; readonly sql: string }[]): string;
  /** A FROM item (with parentheses) of `r`: one structure per object of a JSON array with these fields. */
  jsonRows(jsonSql: string, fields: Readonly<Record<string, MetricColumnType>>): string;
  /** Select item: one row per text of a JSON array of texts. */
  unfoldJsonTexts(jsonSql: string): string;
  /** Select item: one structure with these fields per object of a JSON array; nested values become their JSON text. */
  unfoldJsonStructs(jsonSql: string, fields: Readonly<Record<string, JsonFieldType>>): string;
  /** The text of a member of a JSON object, whatever characters its name has. */
  jsonMember(jsonSql: string, name: string): string;
  /** A FROM item (with parentheses) of `position` (from 0) and `item`, out of a JSON array of objects. */
  structsFromJson(jsonSql: string, fields: Readonly<Record<string, 'STRING' | 'DOUBLE' | 'BOOLEAN'>>): string;
  /** A FROM item (with parentheses) of `column_name, raw_name, source_type`: one row per source type of the catalogue. */
  catalogSourceTypes(catalogTable: string): string;
}
