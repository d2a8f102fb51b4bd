/**
 * What the profile's SQL needs from a database. Imports domain types only.
 *
 * `profile-selects.ts` builds every statement from this interface and from SQL that all databases share: another
 * database that computes the same profile brings another dialect, not other statements.
 */
import type { MetricColumnType } from '../../monitor/tables.js';

/** Gives a value of a statement its place: the SQL text that stands for it. */
export type Bind = (value: string | number) => string;

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
