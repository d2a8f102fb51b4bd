/**
 * The language in which tables are described. One definition gives DDL, MERGE, staging schema, comments and
 * docs/tables.md, for every warehouse. Pure; imports nothing.
 */

/** The only column types: what DuckDB and Delta both have, exactly. JSON is text (`JSON` says that the text is JSON). */
export type ColumnType = 'STRING' | 'JSON' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'TIMESTAMP';

/** A column type as a database tells it: that a text is JSON is known to the definition only. */
export type StoredType = Exclude<ColumnType, 'JSON'>;

export interface Column<T extends ColumnType = ColumnType, N extends boolean = boolean> {
  readonly type: T;
  /** False for columns that no row may leave NULL (keys, bookkeeping). */
  readonly nullable: N;
  /** What the column means, with its unit; becomes the column comment and the documentation. */
  readonly comment: string;
}

export type Columns = Readonly<Record<string, Column>>;

/** Which schema a table belongs to: free text can sit in a schema of its own with fewer readers. */
export type TableSensitivity = 'text' | 'facts';

export interface Table<C extends Columns = Columns> {
  /** Default name, snake_case; configurable per target. */
  readonly name: string;
  readonly comment: string;
  readonly sensitivity: TableSensitivity;
  /** Columns that identify a row; never NULL. */
  readonly key: readonly string[];
  readonly columns: C;
}

/** Types a definition and checks that its key names existing columns. */
export function defineTable<const C extends Columns>(
  table: Table<C> & { readonly key: readonly (keyof C & string)[] },
): Table<C> {
  return table;
}

export const text = (comment: string): Column<'STRING', true> => ({ type: 'STRING', nullable: true, comment });
export const json = (comment: string): Column<'JSON', true> => ({ type: 'JSON', nullable: true, comment });
export const bigint = (comment: string): Column<'BIGINT', true> => ({ type: 'BIGINT', nullable: true, comment });
export const double = (comment: string): Column<'DOUBLE', true> => ({ type: 'DOUBLE', nullable: true, comment });
export const boolean = (comment: string): Column<'BOOLEAN', true> => ({ type: 'BOOLEAN', nullable: true, comment });
export const timestamp = (comment: string): Column<'TIMESTAMP', true> => ({
  type: 'TIMESTAMP',
  nullable: true,
  comment,
});

/** The same column, never NULL. */
export function required<T extends ColumnType>(column: Column<T>): Column<T, false> {
  return { ...column, nullable: false };
}

/**
 * A value in memory: BIGINT as a safe number or a bigint; TIMESTAMP as epoch **microseconds** (safe number up to the
 * year 2255, bigint beyond); JSON as its text.
 */
type ColumnValue<T extends ColumnType> = T extends 'STRING' | 'JSON'
  ? string
  : T extends 'BIGINT' | 'TIMESTAMP'
    ? number | bigint
    : T extends 'DOUBLE'
      ? number
      : boolean;

type ValueOf<C extends Column> =
  C extends Column<infer T, infer N> ? (N extends false ? ColumnValue<T> : ColumnValue<T> | null) : never;

/** A row of a table, typed by its definition. */
export type RowOf<T extends Table> = RowOfColumns<T['columns']>;

/** The same of columns that are no table of their own. */
export type RowOfColumns<C extends Columns> = { [K in keyof C]: ValueOf<C[K]> };

/** A column that exists only since some data named it: a metric or a configured dimension. */
export interface DynamicColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly comment: string;
}

/** A column as a table has it. */
export interface ExistingColumn {
  readonly name: string;
  /** Null for a type that no definition has. */
  readonly type: StoredType | null;
  /** The type as the database writes it. */
  readonly sqlType: string;
  readonly nullable: boolean;
  /** Empty where it has none. */
  readonly comment: string;
}
