/** The column types of the definitions in DuckDB. Imports the tables only. */
import type { ColumnType, StoredType } from '../../../tables/table.js';

/**
 * TIMESTAMP WITH TIME ZONE is an instant in microseconds, as Delta's TIMESTAMP is: a plain TIMESTAMP would be shown as
 * local time by some clients and as UTC by others (docs/decisions/timestamps.md).
 */
export const duckDbTypes: Readonly<Record<ColumnType, string>> = {
  STRING: 'VARCHAR',
  JSON: 'VARCHAR',
  BIGINT: 'BIGINT',
  DOUBLE: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP WITH TIME ZONE',
};

/** The definition's type of a DuckDB column; null for a type that no definition has. */
export function columnTypeOf(duckDbType: string): StoredType | null {
  switch (duckDbType) {
    case 'VARCHAR':
      return 'STRING';
    case 'BIGINT':
      return 'BIGINT';
    case 'DOUBLE':
      return 'DOUBLE';
    case 'BOOLEAN':
      return 'BOOLEAN';
    case 'TIMESTAMP WITH TIME ZONE':
      return 'TIMESTAMP';
    default:
      return null;
  }
}
