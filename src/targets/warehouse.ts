/**
 * Where tables live: DuckDB on one machine, Delta on Databricks. Imports types only: each is owned by the step of a copy
 * that it is about.
 *
 * Every method may be called again after a crash at any point: all writes are idempotent and monotonic in
 * `observed_at`. No atomicity across tables is assumed.
 */
import type { CostAnswer, CostQuestion } from '../answers/cost.js';
import type { TraceScope, TraceKey } from '../tables/trace-key.js';
import type { RawTraceRow, WindowRow, DeadLetterRow } from '../tables/rows.js';
import type { GroupReader } from '../answers/questions.js';
import type { ViewColumn } from '../tables/views.js';
import type { TableRole } from '../tables/index.js';
import type { WindowCheck } from '../copy/prepare/coverage.js';
import type { CommitResult } from '../copy/commit/messages.js';
import type { DifferingTrace, LandedVersion, OpenDeadLetter, Versions } from '../copy/list/diff.js';
import type { StagedFile } from '../copy/process/messages.js';
import type { TargetKind } from '../copy/run-settings.js';

/** How listed versions stand to what is landed. */
export interface VersionComparison {
  readonly differing: readonly DifferingTrace[];
  /**
   * How many versions gold holds exactly as listed, with complete spans, and without an open dead letter: counted, not
   * concluded from silence.
   */
  readonly numSame: number;
}

/** Landed traces and their spans; those whose spans were never read have none. */
export interface SpanSum {
  readonly traces: number;
  readonly spans: number;
}

/** What a window hands to the commit. Written as JSON to staging; the commit reads exactly these files. */
export interface CommitManifest {
  readonly files: readonly StagedFile[];
  /** Locations as the warehouse's SQL reads them, parallel to `files`. */
  readonly locations: readonly string[];
  /** How many metric columns gold may have at the most; further names stay in the assessments table. */
  readonly maxMetricColumns: number;
}

/** Steps of a commit; each is reported before it begins. Those between `columns` and `gold` may run side by side. */
export type CommitStep = 'check' | 'columns' | TableRole;

export type DecidedCounts = Pick<CommitResult, 'inserted' | 'updated'>;

export interface CommitOptions {
  readonly onStep?: (step: CommitStep) => void | Promise<void>;
  /** Awaited before the first row changes, with the rows of gold that this attempt is going to write. */
  readonly onDecided?: (counts: DecidedCounts) => Promise<void>;
  readonly signal?: AbortSignal;
}

export interface PrepareOptions {
  /**
   * True at the beginning of a run, which may go on with other tables than an earlier one: with a DuckDB file that was
   * put in the place of the one that is open. Default false: that is refused as WarehouseFileReplaced.
   */
  readonly isNewRun?: boolean;
}

export interface TableDescription {
  readonly role: TableRole | 'view' | 'monitor';
  /** Full name as SQL writes it. */
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly ({ readonly name: string; readonly nullable: boolean } & ViewColumn)[];
  /** Null where the table does not exist yet, and for views, which would have to be computed. */
  readonly rows: number | null;
}

export interface QueryResult {
  readonly columns: readonly string[];
  /** Values as JSON can show them: numbers, strings, booleans, null; BIGINT beyond 2^53 and timestamps as text. */
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
  /** True when more rows existed than were asked for. */
  readonly truncated: boolean;
}

/** Tables with rows of traces. */
export type KeyedRole = 'gold' | 'raw' | 'spans' | 'documents' | 'assessments';

export interface Duplicates {
  readonly numKeys: number;
  /** Of the first ones, at most ten. */
  readonly traceIds: readonly string[];
}

/** Totals over gold, for summaries. */
export interface GoldSummary {
  readonly traces: number;
  readonly firstStartMs: number | null;
  readonly lastStartMs: number | null;
  readonly inputTokens: bigint | null;
  readonly outputTokens: bigint | null;
  readonly totalTokens: bigint | null;
  readonly tokenCountRequest: bigint | null;
  readonly tokenCountResponse: bigint | null;
  readonly costUsd: number | null;
  readonly errorTraces: number;
  readonly metrics: readonly { column: string; count: number; mean: number | null }[];
  readonly openDeadLetters: number;
}

/** What a query may be given besides its text. */
export interface QueryOptions {
  /** Rows of the answer; the rest is left. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** What preparing the tables did. */
export interface PreparedTables {
  /** Names of the tables that were made. */
  readonly created: readonly string[];
  /** Schema version that they had before; null where it was this one, or there were none. */
  readonly upgradedFrom: number | null;
}

/**
 * Errors thrown (codes): WarehouseBusy, WarehouseUnreachable (transient); WarehouseHeldByProcess (config, names the
 * PID); WarehouseFileReplaced, WarehouseSchemaNewer, TableShapeDiffers, WarehousePermission (config); WarehouseDiskFull,
 * WarehouseInvalidated (config, and tried again for a while); StagingLost,
 * ManifestMismatch (data); QueryRefused, QueryFailed (input).
 */
export interface Warehouse {
  readonly kind: TargetKind;
  /** Where the tables are, for humans and fingerprints: a file path, or host and schema. */
  readonly location: string;

  /**
   * Creates missing tables and views, upgrades older ones, refuses newer ones. Idempotent.
   * @throws WarehouseSchemaNewer, TableShapeDiffers
   */
  prepare(options?: PrepareOptions): Promise<PreparedTables>;

  landed(scope: TraceScope, traceIds: readonly string[]): Promise<LandedVersion[]>;
  /** Ids of landed traces that start in `[fromMs, toMs)`, without those that are marked as deleted at the source. */
  landedBetween(scope: TraceScope, fromMs: number, toMs: number): Promise<string[]>;
  /** Sums over the same traces, by one statement. */
  sumSpans(scope: TraceScope, fromMs: number, toMs: number): Promise<SpanSum>;
  /**
   * Compares versions where the tables are: of those that are the same nothing comes back. A trace that is marked as
   * deleted at the source differs.
   */
  compare(scope: TraceScope, listed: Versions): Promise<VersionComparison>;
  /**
   * Marks landed traces as deleted at the source since `atMs` (the source's clock, epoch milliseconds); null takes the
   * marks away. A trace that has a mark keeps its time. A commit of a later observation takes the mark away by itself.
   */
  markDeleted(scope: TraceScope, traceIds: readonly string[], atMs: number | null): Promise<void>;
  /**
   * How many landed traces were made by other rules than those of the given version of the processing. Those that the
   * source no longer has are left out.
   */
  countOtherVersions(scope: Partial<TraceScope>, processVersion: string): Promise<number>;
  /** Which of these traces they are. */
  ofOtherVersions(scope: TraceScope, traceIds: readonly string[], processVersion: string): Promise<string[]>;
  openDeadLetters(scope: TraceScope, traceIds: readonly string[]): Promise<OpenDeadLetter[]>;
  listDeadLetters(filter: Partial<TraceScope> & { limit: number }): Promise<DeadLetterRow[]>;

  /** Raw rows by key: the source of re-processing. Unknown ids are left out. */
  readRaw(scope: TraceScope, traceIds: readonly string[]): Promise<RawTraceRow[]>;
  /** Raw keys in key order behind `after`: the pages of a rebuild. */
  listRawKeys(after: TraceKey | null, limit: number): Promise<TraceKey[]>;

  /**
   * Adds missing dynamic columns, then merges the manifest's files table by table (assessments, spans, documents,
   * attachments, catalogue, raw, dead letters, gold). Rows are ranked by key over all files; child rows of a trace are replaced.
   * Only rows that are newer in `observed_at` (tie: greater hash; same hash: another process version) replace others.
   * `span_state` is never lowered: the spans that were read stay, and the newer info goes over them. The rules are in
   * tables/commit-rules.ts.
   * @throws StagingLost, ManifestMismatch, WarehouseBusy
   */
  commit(manifest: CommitManifest, options?: CommitOptions): Promise<CommitResult>;

  /** Inserts or replaces one ledger row by its key. */
  recordWindow(row: WindowRow): Promise<void>;
  /** Ledger rows, newest first. */
  ledger(
    filter: Partial<TraceScope> & { workflowId?: string; firstRunId?: string; limit: number },
  ): Promise<WindowRow[]>;
  /** Every window of one experiment that came to a conclusion (any but `suspicious`), the oldest verification first. */
  windowChecks(scope: TraceScope): Promise<WindowCheck[]>;

  /** When the experiment of these rows was made at the source, epoch milliseconds; null where nothing was kept. */
  experimentCreatedAt(scope: TraceScope): Promise<number | null>;
  /** Keeps it, in the place of what was kept before. */
  keepExperimentCreatedAt(scope: TraceScope, createdAtMs: number): Promise<void>;

  /** One read-only statement, without access to files or network. @throws QueryRefused, QueryFailed */
  query(sql: string, options: QueryOptions): Promise<QueryResult>;
  describeTables(): Promise<TableDescription[]>;
  /** Comparisons of groups of traces. */
  readonly groups: GroupReader;
  /**
   * Keys that a table holds more than once, of traces that start in `[fromMs, toMs)`. No commit writes one twice: somebody
   * else did.
   */
  duplicates(role: KeyedRole, scope: TraceScope, fromMs: number, toMs: number): Promise<Duplicates>;
  summary(scope?: Partial<TraceScope>): Promise<GoldSummary>;
  /** What calls cost. Every sum is that of gold. */
  costs(question: CostQuestion): Promise<CostAnswer>;

  /**
   * Makes what is committed readable for other processes (DuckDB: a read copy beside the file, replaced whole).
   * Returns where, or null where readers need nothing.
   */
  publish(): Promise<string | null>;

  close(): Promise<void>;
}
