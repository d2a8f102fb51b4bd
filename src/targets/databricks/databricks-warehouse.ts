/**
 * Delta tables in Unity Catalog, through a SQL warehouse. Imports the warehouse port, the tables and this adapter.
 *
 * The worker sends statements and reads small results; the work is done where the tables are. Sessions are taken per
 * statement, so that any number of calls may run side by side.
 */
import pLimit from 'p-limit';
import { tables, type TableRole } from '../../tables/index.js';
import { deadLettersTable, windowsTable } from '../../tables/bookkeeping.js';
import type { DeadLetterRow, RawTraceRow, WindowRow } from '../../tables/rows.js';
import type { Column } from '../../tables/table.js';
import { type ViewColumn, views } from '../../tables/views.js';
import { rawTracesTable } from '../../tables/traces.js';
import type { TraceKey, TraceScope } from '../../tables/trace-key.js';
import type { WindowCheck } from '../../copy/prepare/coverage.js';
import type {
  CommitManifest,
  CommitOptions,
  Comparison,
  GoldSummary,
  QueryResult,
  TableDescription,
  Warehouse,
} from '../warehouse.js';
import type { CommitResult } from '../../copy/commit/messages.js';
import type { DifferingTrace, LandedVersion, OpenDeadLetter } from '../../copy/list/diff.js';
import { commitFiles, type CommitParts } from './commit.js';
import { retryConflicts } from './conflicts.js';
import { workspaceAddress } from './connection.js';
import { runQuery } from './query.js';
import { asComparison, asDeadLetter, asLanded, asSummary, versionsJson } from './read-rows.js';
import type { DatabricksRest } from './rest-client.js';
import { textOf, type SqlClient, type SqlParameter, type SqlRow } from './sql-client.js';
import { placeOf, type PlaceOptions } from './sql/names.js';
import * as reads from './sql/reads.js';
import { readRow, rowsJson } from './sql/rows.js';
import { columnsOf, dynamicColumnsOf, prepareTables, type WarehouseContext } from './tables.js';
import { fileWriter } from './volume.js';
import { untilRunning } from './warehouse-state.js';
import type { Log } from '../../log.js';

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

/** Per statement: about 200 KB of parameters. */
const maxComparedVersions = 2_000;

type Parameters = Readonly<Record<string, SqlParameter>>;

class DatabricksWarehouse implements Warehouse {
  readonly kind = 'databricks';
  readonly location: string;

  constructor(
    private readonly context: WarehouseContext,
    private readonly parts: CommitParts,
    private readonly adopt: boolean,
  ) {
    this.location = context.location;
  }

  prepare(): Promise<{ created: string[]; upgradedFrom: number | null }> {
    return prepareTables(this.context, this.adopt);
  }

  async landed(scope: TraceScope, traceIds: readonly string[]): Promise<LandedVersion[]> {
    const rows = await this.#byId(reads.landedByIds(this.context.place), scope, traceIds, 'looking up landed traces');
    return rows.map(asLanded);
  }

  async landedBetween(scope: TraceScope, fromMs: number, toMs: number): Promise<string[]> {
    const parameters = { ...ofScope(scope), from_ms: fromMs, to_ms: toMs };
    const sql = reads.landedBetween(this.context.place);
    return (await this.#read(sql, parameters, 'looking up landed traces')).map((row) => textOf(row, 'trace_id'));
  }

  async compare(scope: TraceScope, versions: ReadonlyMap<string, string>): Promise<Comparison> {
    const all = [...versions].map(([traceId, sourceHash]) => ({ traceId, sourceHash }));
    const sql = reads.differingVersions(this.context.place);
    const differing: DifferingTrace[] = [];
    let numSame = 0;
    for (let start = 0; start < all.length; start += maxComparedVersions) {
      const part = all.slice(start, start + maxComparedVersions);
      const parameters = { ...ofScope(scope), versions: versionsJson(part) };
      const found = asComparison(await this.#read(sql, parameters, 'comparing with landed traces'), part);
      differing.push(...found.differing);
      numSame += found.numSame;
    }
    return { differing, numSame };
  }

  async markDeleted(scope: TraceScope, traceIds: readonly string[], atMs: number | null): Promise<void> {
    if (traceIds.length === 0) return;
    const parameters = {
      ...ofScope(scope),
      trace_ids: JSON.stringify(traceIds),
      at_us: atMs === null ? null : atMs * 1000,
    };
    const sql = reads.markDeleted(this.context.place);
    await retryConflicts(() => this.#read(sql, parameters, 'marking traces that the source no longer has'));
  }

  async countOtherVersions(scope: TraceScope, processVersion: string): Promise<number> {
    const parameters = { ...ofScope(scope), process_version: processVersion };
    const sql = reads.countOtherVersions(this.context.place);
    const [row] = await this.#read(sql, parameters, 'counting traces of other versions');
    return row === undefined ? 0 : Number(textOf(row, 'traces'));
  }

  async openDeadLetters(scope: TraceScope, traceIds: readonly string[]): Promise<OpenDeadLetter[]> {
    const sql = reads.openDeadLetters(this.context.place);
    return (await this.#byId(sql, scope, traceIds, 'looking up dead letters')).map(asDeadLetter);
  }

  async listDeadLetters(filter: Partial<TraceScope> & { limit: number }): Promise<DeadLetterRow[]> {
    const parameters = filterOf(filter);
    const sql = reads.listDeadLetters(this.context.place, Object.keys(parameters), filter.limit);
    return (await this.#read(sql, parameters, 'listing dead letters')).map((row) => readRow(deadLettersTable, row));
  }

  async readRaw(scope: TraceScope, traceIds: readonly string[]): Promise<RawTraceRow[]> {
    const rows = await this.#byId(reads.readRaw(this.context.place), scope, traceIds, 'reading raw traces');
    return rows.map((row) => readRow(rawTracesTable, row));
  }

  async listRawKeys(after: TraceKey | null, limit: number): Promise<TraceKey[]> {
    const sql = reads.listRawKeys(this.context.place, after === null, limit);
    const parameters = after === null ? {} : { ...ofScope(after), trace_id: after.traceId };
    const rows = await this.#read(sql, parameters, 'listing raw traces');
    return rows.map((row) => ({
      sourceId: textOf(row, 'source_id'),
      experimentId: textOf(row, 'experiment_id'),
      traceId: textOf(row, 'trace_id'),
    }));
  }

  commit(manifest: CommitManifest, options: CommitOptions = {}): Promise<CommitResult> {
    return commitFiles(this.context, this.parts, manifest, options);
  }

  async recordWindow(row: WindowRow): Promise<void> {
    const parameters = { rows: rowsJson(windowsTable.columns, [row]) };
    const sql = reads.upsertWindow(this.context.place);
    await retryConflicts(() => this.#read(sql, parameters, 'writing the ledger'));
  }

  async ledger(
    filter: Partial<TraceScope> & { workflowId?: string; firstRunId?: string; limit: number },
  ): Promise<WindowRow[]> {
    const parameters = {
      ...filterOf(filter),
      ...(filter.workflowId !== undefined && { workflow_id: filter.workflowId }),
      ...(filter.firstRunId !== undefined && { first_run_id: filter.firstRunId }),
    };
    const sql = reads.listWindows(this.context.place, Object.keys(parameters), filter.limit);
    return (await this.#read(sql, parameters, 'reading the ledger')).map((row) => readRow(windowsTable, row));
  }

  async windowChecks(scope: TraceScope): Promise<WindowCheck[]> {
    const rows = await this.#read(reads.windowChecks(this.context.place), ofScope(scope), 'reading the ledger');
    return rows.map((row) => ({
      fromMs: Number(textOf(row, 'from_ms')),
      toMs: Number(textOf(row, 'to_ms')),
      passed: textOf(row, 'outcome') === 'passed',
    }));
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
      ...views.map(({ name, comment, columns }) => {
        const plain = [place.catalog, place.schema, name].join('.');
        return limit(() => this.#describe('view', plain, place.beside(name), comment, columns));
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
    const rows = await this.#read(reads.countEach(sqlNames), {}, 'counting the rows of the tables');
    const pairs = rows.map((row) => [sqlNames[Number(textOf(row, 'place'))] ?? '', Number(textOf(row, 'num_rows'))]);
    return new Map(pairs as [string, number][]);
  }

  async summary(scope: Partial<TraceScope> = {}): Promise<GoldSummary> {
    const { place } = this.context;
    const parameters = filterOf(scope);
    const names = Object.keys(parameters);
    const metrics = (await dynamicColumnsOf(this.context)).filter(({ type }) => type === 'DOUBLE');
    const doing = 'summing up the gold table';
    const [totals = {}] = await this.#read(reads.goldSummary(place, names, metrics), parameters, doing);
    const [open = {}] = await this.#read(reads.countOpenDeadLetters(place, names), parameters, doing);
    return asSummary(
      totals,
      metrics.map(({ name }) => name),
      Number(textOf(open, 'num_rows')),
    );
  }

  /** Readers see every commit: Delta keeps versions. */
  publish(): Promise<string | null> {
    return Promise.resolve(null);
  }

  close(): Promise<void> {
    return this.context.sql.close();
  }

  #read(sql: string, parameters: Parameters, doing: string): Promise<SqlRow[]> {
    return this.context.sql.run(sql, { parameters, doing });
  }

  async #byId(sql: string, scope: TraceScope, traceIds: readonly string[], doing: string): Promise<SqlRow[]> {
    if (traceIds.length === 0) return [];
    return this.#read(sql, { ...ofScope(scope), trace_ids: JSON.stringify(traceIds) }, doing);
  }

  /** `sqlName` is null where it does not exist; `rows` is filled by the caller. */
  async #describe(
    role: TableDescription['role'],
    name: string,
    sqlName: string,
    comment: string,
    defined: Readonly<Record<string, ViewColumn & Partial<Pick<Column, 'nullable'>>>>,
  ): Promise<{ table: TableDescription; sqlName: string | null }> {
    const found = await columnsOf(this.context, sqlName);
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

const ofScope = ({ sourceId, experimentId }: TraceScope): Parameters => ({
  source_id: sourceId,
  experiment_id: experimentId,
});

/** Parameters of the columns that a filter names. */
const filterOf = ({ sourceId, experimentId }: Partial<TraceScope>): Record<string, SqlParameter> => ({
  ...(sourceId !== undefined && { source_id: sourceId }),
  ...(experimentId !== undefined && { experiment_id: experimentId }),
});
