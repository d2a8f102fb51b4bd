/**
 * Delta tables in Unity Catalog, through a SQL warehouse. Imports the warehouse port, the tables and this adapter.
 *
 * The worker sends statements and reads small results; the work is done where the tables are. Sessions are taken per
 * statement, so that any number of calls may run side by side.
 */
import pLimit from 'p-limit';
import type { CommitResult } from '../../copy/commit/messages.js';
import type { Log } from '../../log.js';
import { tables, type TableRole } from '../../tables/index.js';
import type { Column, DynamicColumn } from '../../tables/table.js';
import { type ViewColumn, views } from '../../tables/views.js';
import type { Statement } from '../sql/gold-reads.js';
import { SqlWarehouse } from '../sql/sql-warehouse.js';
import type {
  CommitManifest,
  CommitOptions,
  QueryResult,
  TableDescription,
  Warehouse,
  PreparedTables,
} from '../warehouse.js';
import { commitFiles, type CommitParts } from './commit.js';
import { retryConflicts } from './conflicts.js';
import { workspaceAddress } from './connection.js';
import { runQuery } from './query.js';
import type { DatabricksRest } from './rest-client.js';
import type { SqlClient } from './sql-client.js';
import { textOf } from '../sql/read-rows.js';
import type { SqlRow } from '../sql/rows.js';
import { countEach } from './sql/counts.js';
import { placeOf, type PlaceOptions } from './sql/names.js';
import { columnsOfTable, dynamicColumnsOf, prepareTables, readsOf, type WarehouseContext } from './tables.js';
import { fileWriter } from './volume.js';
import { untilRunning } from './warehouse-state.js';

/** Options of {@link openDatabricksWarehouse}. */
export interface DatabricksWarehouseOptions extends PlaceOptions {
  /** Workspace address, for messages. */
  readonly host: string;
  readonly sql: SqlClient;
  readonly rest: DatabricksRest;
  /** Id of the SQL warehouse; null for the path of a cluster, which is not waited for. */
  readonly warehouseId: string | null;
  /** True: `prepare` adds the columns that an existing table lacks, instead of refusing it. Default false. */
  readonly adopt?: boolean;
  readonly log: Log;
}

/** Waits until the SQL warehouse runs. Tables are made by `prepare`. @throws WarehouseObjectMissing, … */
export async function openDatabricksWarehouse(options: DatabricksWarehouseOptions): Promise<Warehouse> {
  const { rest, warehouseId, log, sql } = options;
  if (warehouseId !== null) await untilRunning({ rest, warehouseId, log });
  const { host } = workspaceAddress(options.host);
  const location = `${host}/${options.catalog}.${options.schema}`;
  const context = { sql, place: placeOf(options), location, log };
  return new DatabricksWarehouse(context, { writeFile: fileWriter(rest) }, options.adopt ?? false);
}

/** Small statements in flight at once. */
const maxParallelReads = 4;

class DatabricksWarehouse extends SqlWarehouse implements Warehouse {
  readonly kind = 'databricks';
  readonly location: string;

  constructor(
    private readonly context: WarehouseContext,
    private readonly parts: CommitParts,
    private readonly adopt: boolean,
  ) {
    super(readsOf(context.place));
    this.location = context.location;
  }

  prepare(): Promise<PreparedTables> {
    return prepareTables(this.context, this.adopt);
  }

  commit(manifest: CommitManifest, options: CommitOptions = {}): Promise<CommitResult> {
    return commitFiles(this.context, this.parts, manifest, options);
  }

  query(sql: string, options: { limit: number; signal?: AbortSignal }): Promise<QueryResult> {
    const { catalog, schema } = this.context.place;
    return runQuery(this.context.sql, sql, { catalog, schema }, options);
  }

  async describeTables(): Promise<TableDescription[]> {
    const { place } = this.context;
    const limit = pLimit(maxParallelReads);
    const described = await Promise.all([
      ...(Object.keys(tables) as TableRole[]).map((role) => {
        const { comment, columns } = tables[role];
        return limit(() => this.#describe(role, place.plainTable(role), place.table(role), comment, columns));
      }),
      ...views.map((view) => {
        const { comment, columns } = view;
        return limit(() => this.#describe('view', place.plainView(view), place.view(view), comment, columns));
      }),
    ]);
    // To count the rows of a view would be to compute it.
    const counted = described.filter(({ table, sqlName }) => table.role !== 'view' && sqlName !== null);
    const rows = await this.#countRows(counted.map(({ sqlName }) => sqlName ?? ''));
    return described
      .filter(({ table, sqlName }) => table.role !== 'view' || sqlName !== null)
      .map(({ table, sqlName }) => ({ ...table, rows: rows.get(sqlName ?? '') ?? null }));
  }

  /** One statement for all of them, by their quoted names. */
  async #countRows(sqlNames: readonly string[]): Promise<Map<string, number>> {
    if (sqlNames.length === 0) return new Map();
    const rows = await this.context.sql.run(countEach(sqlNames), { doing: 'counting the rows of the tables' });
    const pairs = rows.map((row) => [sqlNames[Number(textOf(row, 'place'))] ?? '', Number(textOf(row, 'num_rows'))]);
    return new Map(pairs as [string, number][]);
  }

  /** Readers see every commit: Delta keeps versions. */
  publish(): Promise<string | null> {
    return Promise.resolve(null);
  }

  close(): Promise<void> {
    return this.context.sql.close();
  }

  protected rows(statement: Statement): Promise<SqlRow[]> {
    return this.context.sql.run(statement.sql, statement);
  }

  protected async write(statement: Statement): Promise<void> {
    await retryConflicts(() => this.rows(statement));
  }

  protected dynamicColumns(): Promise<DynamicColumn[]> {
    return dynamicColumnsOf(this.context);
  }

  /** `sqlName` is null where it does not exist; `rows` is filled by the caller. */
  async #describe(
    role: TableDescription['role'],
    name: string,
    sqlName: string,
    comment: string,
    defined: Readonly<Record<string, ViewColumn & Partial<Pick<Column, 'nullable'>>>>,
  ): Promise<{ table: TableDescription; sqlName: string | null }> {
    const found = await columnsOfTable(this.context, sqlName);
    const columns =
      found === null
        ? Object.entries(defined).map(([column, definition]) => ({ name: column, nullable: true, ...definition }))
        : found.map((column) => ({
            name: column.name,
            type: defined[column.name]?.type ?? column.type ?? 'STRING',
            nullable: defined[column.name]?.nullable ?? true,
            comment: column.comment,
          }));
    return { table: { role, name, comment, columns, rows: null }, sqlName: found === null ? null : sqlName };
  }
}
