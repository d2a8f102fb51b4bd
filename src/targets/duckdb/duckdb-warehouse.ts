/**
 * Tables in one DuckDB file. Imports the warehouse port, the tables, the database and its SQL.
 *
 * Reads see what is committed; writes of this process queue up; another process can have the file only when this one
 * has closed it (see database.ts).
 */
import type { TableRole } from '../../tables/index.js';
import { windowsTable } from '../../tables/bookkeeping.js';
import type { DeadLetterRow, RawTraceRow, WindowRow } from '../../tables/rows.js';
import type { TraceKey, TraceScope } from '../../tables/trace-key.js';
import type { WindowCheck } from '../../copy/prepare/coverage.js';
import type { Log } from '../../log.js';
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
import type { LandedVersion, OpenDeadLetter } from '../../copy/list/diff.js';
import { commitFiles } from './commit.js';
import { DuckDbDatabase, type OpenOptions } from './database.js';
import { describeTables } from './describe.js';
import { dynamicColumnsOf, prepareTables, type TableNames } from './prepare.js';
import { isolatedQuery } from './query.js';
import { publishReadCopy } from './read-copy.js';
import { asComparison, asDeadLetter, asLanded, asSummary } from './read-rows.js';
import type { ComparedFacts, DeadLetterFacts, LandedFacts, Totals } from './read-rows.js';
import { sqlNamesOf, tableNamesOf } from './sql/names.js';
import * as reads from './sql/reads.js';
import type { SqlValue } from './values.js';

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

class DuckDbWarehouse implements Warehouse {
  readonly kind = 'duckdb';
  readonly location: string;
  readonly #sql: Readonly<Record<TableRole, string>>;

  constructor(
    private readonly database: DuckDbDatabase,
    private readonly names: TableNames,
    private readonly log: Log,
  ) {
    this.location = database.path;
    this.#sql = sqlNamesOf(names);
  }

  prepare(): Promise<{ created: string[]; upgradedFrom: number | null }> {
    return prepareTables(this.database, this.names);
  }

  async landed(scope: TraceScope, traceIds: readonly string[]): Promise<LandedVersion[]> {
    const rows = await this.#byId<LandedFacts>(reads.landedById(this.#sql.gold), scope, traceIds);
    return rows.map(asLanded);
  }

  async landedBetween(scope: TraceScope, fromMs: number, toMs: number): Promise<string[]> {
    const rows = await this.database.rows<{ trace_id: string }>(reads.landedByTime(this.#sql.gold), [
      scope.sourceId,
      scope.experimentId,
      fromMs,
      toMs,
    ]);
    return rows.map((row) => row.trace_id);
  }

  async compare(scope: TraceScope, versions: ReadonlyMap<string, string>): Promise<Comparison> {
    const traceIds = [...versions.keys()];
    const both = [scope.sourceId, scope.experimentId] as const;
    const rows = await this.database.rows<ComparedFacts>(
      reads.differingVersions(this.#sql.gold, this.#sql.deadLetters),
      [jsonList(traceIds), jsonList([...versions.values()]), ...both, ...both],
    );
    return asComparison(rows, traceIds);
  }

  async markDeleted(scope: TraceScope, traceIds: readonly string[], atMs: number | null): Promise<void> {
    const atUs = atMs === null ? null : atMs * 1000;
    const parameters = [scope.sourceId, scope.experimentId, traceIds, atUs];
    await this.database.run(reads.markDeleted(this.#sql.gold), parameters);
  }

  async countOtherVersions(scope: TraceScope, processVersion: string): Promise<number> {
    const parameters = [scope.sourceId, scope.experimentId, processVersion];
    const sql = reads.countOtherVersions(this.#sql.gold);
    const [row] = await this.database.rows<{ readonly traces: bigint }>(sql, parameters);
    return Number(row?.traces ?? 0);
  }

  async openDeadLetters(scope: TraceScope, traceIds: readonly string[]): Promise<OpenDeadLetter[]> {
    const sql = reads.openDeadLettersById(this.#sql.deadLetters);
    const rows = await this.#byId<DeadLetterFacts>(sql, scope, traceIds);
    return rows.map(asDeadLetter);
  }

  listDeadLetters(filter: Partial<TraceScope> & { limit: number }): Promise<DeadLetterRow[]> {
    return this.#read(reads.openDeadLetterRows(this.#sql.deadLetters, scopeFilter(filter), filter.limit));
  }

  readRaw(scope: TraceScope, traceIds: readonly string[]): Promise<RawTraceRow[]> {
    return this.#byId(reads.rawById(this.#sql.raw), scope, traceIds);
  }

  async listRawKeys(after: TraceKey | null, limit: number): Promise<TraceKey[]> {
    const behind = after === null ? null : ([after.sourceId, after.experimentId, after.traceId] as const);
    const rows = await this.#read<{ source_id: string; experiment_id: string; trace_id: string }>(
      reads.rawKeys(this.#sql.raw, behind, limit),
    );
    return rows.map((row) => ({ sourceId: row.source_id, experimentId: row.experiment_id, traceId: row.trace_id }));
  }

  commit(manifest: CommitManifest, options: CommitOptions = {}): Promise<CommitResult> {
    const { database, names, log } = this;
    return commitFiles({ database, names, log }, manifest, options);
  }

  async recordWindow(row: WindowRow): Promise<void> {
    const names = Object.keys(windowsTable.columns) as (keyof WindowRow)[];
    await this.database.run(
      reads.mergeWindow(this.#sql.windows),
      names.map((name) => row[name]),
    );
  }

  ledger(
    filter: Partial<TraceScope> & { workflowId?: string; firstRunId?: string; limit: number },
  ): Promise<WindowRow[]> {
    const columns = { ...scopeFilter(filter), workflow_id: filter.workflowId, first_run_id: filter.firstRunId };
    return this.#read(reads.ledgerRows(this.#sql.windows, columns, filter.limit));
  }

  async windowChecks(scope: TraceScope): Promise<WindowCheck[]> {
    const rows = await this.database.rows<{ from_ms: number; to_ms: number; passed: boolean }>(
      reads.windowChecks(this.#sql.windows),
      [scope.sourceId, scope.experimentId],
    );
    return rows.map(({ from_ms, to_ms, passed }) => ({ fromMs: from_ms, toMs: to_ms, passed }));
  }

  query(sql: string, options: { limit: number; signal?: AbortSignal }): Promise<QueryResult> {
    return isolatedQuery(this.database, sql, options);
  }

  describeTables(): Promise<TableDescription[]> {
    return describeTables(this.database, this.names);
  }

  async summary(scope: Partial<TraceScope> = {}): Promise<GoldSummary> {
    const metrics = (await dynamicColumnsOf(this.database, this.names.gold)).filter(({ type }) => type === 'DOUBLE');
    const [totals] = await this.#read<Totals>(reads.goldTotals(this.#sql.gold, scopeFilter(scope), metrics));
    const [failed] = await this.#read<{ open: number }>(
      reads.countOpenDeadLetters(this.#sql.deadLetters, scopeFilter(scope)),
    );
    return asSummary(
      totals ?? {},
      metrics.map(({ name }) => name),
      failed?.open ?? 0,
    );
  }

  publish(): Promise<string | null> {
    return publishReadCopy(this.database, this.log);
  }

  close(): Promise<void> {
    return this.database.close();
  }

  #read<T extends object>({ sql, parameters }: reads.Statement): Promise<T[]> {
    return this.database.rows<T>(sql, parameters);
  }

  #byId<T extends object>(sql: string, scope: TraceScope, traceIds: readonly string[]): Promise<T[]> {
    const parameters: SqlValue[] = [scope.sourceId, scope.experimentId, traceIds];
    return this.database.rows<T>(sql, parameters);
  }
}

const jsonList = (texts: readonly string[]): string => JSON.stringify(texts.map((text) => text.toWellFormed()));

const scopeFilter = ({ sourceId, experimentId }: Partial<TraceScope>): reads.ScopeFilter => ({
  source_id: sourceId,
  experiment_id: experimentId,
});
