/**
 * Tables in one DuckDB file. Imports the warehouse port, the tables, the database and its SQL.
 *
 * Reads see what is committed; writes of this process queue up; another process can have the file only when this one
 * has closed it (see database.ts).
 */
import type { CommitResult } from '../../copy/commit/messages.js';
import type { Log } from '../../log.js';
import type { TableRole } from '../../tables/index.js';
import type { DynamicColumn } from '../../tables/table.js';
import type { Statement } from '../sql/gold-reads.js';
import { Reads } from '../sql/reads.js';
import type { SqlRow } from '../sql/rows.js';
import { SqlWarehouse } from '../sql/sql-warehouse.js';
import type {
  CommitManifest,
  CommitOptions,
  QueryResult,
  TableDescription,
  Warehouse,
  PreparedTables,
  PrepareOptions,
} from '../warehouse.js';
import { commitFiles } from './commit.js';
import { DuckDbDatabase, type OpenOptions } from './database.js';
import { describeTables } from './describe.js';
import { dynamicColumnsOf, prepareTables, type TableNames } from './prepare.js';
import { isolatedQuery } from './query.js';
import { publishReadCopy } from './read-copy.js';
import { duckDbDialect } from './sql/dialect.js';
import { sqlNamesOf, tableNamesOf } from './sql/names.js';

/** Options of {@link openDuckDbWarehouse}. */
export interface DuckDbWarehouseOptions extends OpenOptions {
  /** Names that differ from the default ones; `schema.table` puts a table into a schema of its own. */
  readonly tableNames?: Partial<Record<TableRole, string>>;
}

/** Opens or creates the file; tables are made by `prepare`. @throws as {@link DuckDbDatabase.open} */
export async function openDuckDbWarehouse(options: DuckDbWarehouseOptions): Promise<Warehouse> {
  const names = tableNamesOf(options.tableNames ?? {});
  return new DuckDbWarehouse(await DuckDbDatabase.open(options), names, options.log);
}

class DuckDbWarehouse extends SqlWarehouse implements Warehouse {
  readonly kind = 'duckdb';
  readonly location: string;

  constructor(
    private readonly database: DuckDbDatabase,
    private readonly names: TableNames,
    private readonly log: Log,
  ) {
    super(new Reads(duckDbDialect, sqlNamesOf(names)));
    this.location = database.path;
  }

  async prepare({ isNewRun = false }: PrepareOptions = {}): Promise<PreparedTables> {
    if (isNewRun) await this.database.follow();
    return prepareTables(this.database, this.names);
  }

  commit(manifest: CommitManifest, options: CommitOptions = {}): Promise<CommitResult> {
    const { database, names, log } = this;
    return commitFiles({ database, names, log }, manifest, options);
  }

  query(sql: string, options: { limit: number; signal?: AbortSignal }): Promise<QueryResult> {
    return isolatedQuery(this.database, sql, options);
  }

  describeTables(): Promise<TableDescription[]> {
    return describeTables(this.database, this.names);
  }

  publish(): Promise<string | null> {
    return publishReadCopy(this.database, this.log);
  }

  close(): Promise<void> {
    return this.database.close();
  }

  protected rows({ sql, parameters }: Statement): Promise<SqlRow[]> {
    return this.database.rows(sql, parameters);
  }

  protected async write({ sql, parameters }: Statement): Promise<void> {
    await this.database.run(sql, parameters);
  }

  protected dynamicColumns(): Promise<DynamicColumn[]> {
    return dynamicColumnsOf(this.database, this.names.gold);
  }
}
