/**
 * What the statements of a commit need from a database. Imports domain types only.
 *
 * The statements themselves use only what DuckDB and Spark SQL both have; a warehouse brings its dialect and the
 * relations named here.
 */

/** Lists of a staged trace that become rows of their own. */
export type StagedList = 'spans' | 'documents' | 'assessments';

/** Arguments named `sql` are SQL expressions made by the builders, never values. */
export interface CommitDialect {
  /** A name as SQL writes it. */
  identifier(name: string): string;
  /** A text constant: names of our own, and the names of dynamic columns. */
  text(value: string): string;
  /** The value of a map under a key; NULL where it has none. */
  mapValue(sql: string, key: string): string;
  /** A timestamp so many minutes later. */
  plusMinutes(timestampSql: string, minutesSql: string): string;
  /** Aggregate: the distinct texts that are not NULL, sorted, as the text of a JSON array; `[]` for none. */
  sortedJsonTexts(sql: string): string;
  /** A FROM item (with parentheses) of `column_name, raw_name, source_type`: one row per source type of the catalogue. */
  catalogSourceTypes(catalogTable: string): string;
}

/** Tables and views as SQL writes them. */
export interface CommitRelations {
  /**
   * Every staged row of the commit: the columns of `stagedTraceSchema` (all but `raw`), and `row_id`, unique within
   * the commit and the same each time it is read.
   */
  readonly staged: string;
  /** `row_id` and `raw` of the same rows. */
  readonly stagedRaw: string;
  /** The result of `decisionsQuery`, evaluated before the gold table is merged, or at each use. */
  readonly decisions: string;
  /**
   * One row per element of a list of landed rows: `row_id`, the trace key, `observed_at`, `source_hash` and
   * `process_version` of the trace, `position` (ascending), and the fields of the element.
   */
  elements(list: StagedList): string;
}

/** Tables of a commit as SQL writes them, by role. */
export interface CommitTables {
  readonly assessments: string;
  readonly spans: string;
  readonly documents: string;
  readonly catalog: string;
  readonly raw: string;
  readonly deadLetters: string;
  readonly gold: string;
}
