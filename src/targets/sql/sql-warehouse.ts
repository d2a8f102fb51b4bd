/**
 * The half of a warehouse that is the same for every SQL database: it asks with the statements of reads.ts and turns
 * rows into the forms of the port. Imports the port, the statements and the readers of rows.
 */
import type { CostAnswer, CostQuestion } from '../../answers/cost.js';
import { deadLettersTable, windowsTable } from '../../tables/bookkeeping.js';
import type { DeadLetterRow, RawTraceRow, WindowRow } from '../../tables/rows.js';
import type { DynamicColumn } from '../../tables/table.js';
import type { TraceKey, TraceScope } from '../../tables/trace-key.js';
import { rawTracesTable } from '../../tables/traces.js';
import type { DifferingTrace, LandedVersion, OpenDeadLetter, Versions } from '../../copy/list/diff.js';
import type { WindowCheck } from '../../copy/prepare/coverage.js';
import type { GroupReader } from '../../answers/questions.js';
import type { VersionComparison, Duplicates, GoldSummary, KeyedRole, SpanSum } from '../warehouse.js';
import { asVersionComparison, asDeadLetter, asLanded, asSummary, integerOrNull, textOf } from './read-rows.js';
import type { Statement } from './gold-reads.js';
import { asCostAnswer } from './costs.js';
import { SqlGroupReader } from './group-reader.js';
import type { Reads } from './reads.js';
import { readRow, type SqlRow } from './rows.js';

/** Versions compared by one statement: about 200 KB of parameters. */
const maxComparedVersions = 2_000;

type Filter = Partial<TraceScope> & { readonly limit: number };

export abstract class SqlWarehouse {
  protected constructor(protected readonly reads: Reads) {}

  /** Sends a statement that reads. */
  protected abstract rows(statement: Statement): Promise<SqlRow[]>;
  /** Sends an idempotent statement that writes, again where another writer was faster. */
  protected abstract write(statement: Statement): Promise<void>;
  /** Gold's metric and dimension columns, sorted by name. */
  protected abstract dynamicColumns(): Promise<DynamicColumn[]>;

  get groups(): GroupReader {
    return new SqlGroupReader(this.reads.groups, (statement) => this.rows(statement));
  }

  async landed(scope: TraceScope, traceIds: readonly string[]): Promise<LandedVersion[]> {
    if (traceIds.length === 0) return [];
    return (await this.rows(this.reads.landedById(scope, traceIds))).map(asLanded);
  }

  async landedBetween(scope: TraceScope, fromMs: number, toMs: number): Promise<string[]> {
    const rows = await this.rows(this.reads.landedBetween(scope, fromMs, toMs));
    return rows.map((row) => textOf(row, 'trace_id'));
  }

  async sumSpans(scope: TraceScope, fromMs: number, toMs: number): Promise<SpanSum> {
    const [row = {}] = await this.rows(this.reads.sumSpans(scope, fromMs, toMs));
    return { traces: integerOrNull(row, 'num_traces') ?? 0, spans: integerOrNull(row, 'num_spans') ?? 0 };
  }

  async compare(scope: TraceScope, listed: Versions): Promise<VersionComparison> {
    const all = [...listed];
    const differing: DifferingTrace[] = [];
    let numSame = 0;
    for (let start = 0; start < all.length; start += maxComparedVersions) {
      const part = all.slice(start, start + maxComparedVersions);
      const ids = part.map(([traceId]) => traceId);
      const found = asVersionComparison(await this.rows(this.reads.compare(scope, part)), ids);
      differing.push(...found.differing);
      numSame += found.numSame;
    }
    return { differing, numSame };
  }

  async markDeleted(scope: TraceScope, traceIds: readonly string[], atMs: number | null): Promise<void> {
    if (traceIds.length > 0) await this.write(this.reads.markDeleted(scope, traceIds, atMs));
  }

  async countOtherVersions(scope: Partial<TraceScope>, processVersion: string): Promise<number> {
    const [row = {}] = await this.rows(this.reads.countOtherVersions(scope, processVersion));
    return integerOrNull(row, 'num_rows') ?? 0;
  }

  async ofOtherVersions(scope: TraceScope, traceIds: readonly string[], processVersion: string): Promise<string[]> {
    if (traceIds.length === 0) return [];
    const rows = await this.rows(this.reads.ofOtherVersions(scope, traceIds, processVersion));
    return rows.map((row) => textOf(row, 'trace_id'));
  }

  async openDeadLetters(scope: TraceScope, traceIds: readonly string[]): Promise<OpenDeadLetter[]> {
    if (traceIds.length === 0) return [];
    return (await this.rows(this.reads.openDeadLettersById(scope, traceIds))).map(asDeadLetter);
  }

  async listDeadLetters({ limit, ...filter }: Filter): Promise<DeadLetterRow[]> {
    const rows = await this.rows(this.reads.deadLetterRows(filter, limit));
    return rows.map((row) => readRow(deadLettersTable, row));
  }

  async readRaw(scope: TraceScope, traceIds: readonly string[]): Promise<RawTraceRow[]> {
    if (traceIds.length === 0) return [];
    return (await this.rows(this.reads.rawById(scope, traceIds))).map((row) => readRow(rawTracesTable, row));
  }

  async listRawKeys(after: TraceKey | null, limit: number): Promise<TraceKey[]> {
    return (await this.rows(this.reads.rawKeys(after, limit))).map((row) => ({
      sourceId: textOf(row, 'source_id'),
      experimentId: textOf(row, 'experiment_id'),
      traceId: textOf(row, 'trace_id'),
    }));
  }

  async recordWindow(row: WindowRow): Promise<void> {
    await this.write(this.reads.upsertWindow(row));
  }

  async ledger({ limit, ...filter }: Filter & { workflowId?: string; firstRunId?: string }): Promise<WindowRow[]> {
    const rows = await this.rows(this.reads.ledgerRows(filter, limit));
    return rows.map((row) => readRow(windowsTable, row));
  }

  async windowChecks(scope: TraceScope): Promise<WindowCheck[]> {
    return (await this.rows(this.reads.windowChecks(scope))).map((row) => ({
      fromMs: integerOrNull(row, 'from_ms') ?? 0,
      toMs: integerOrNull(row, 'to_ms') ?? 0,
      passed: row['passed'] === true,
    }));
  }

  async costs(question: CostQuestion): Promise<CostAnswer> {
    const [rows, totals, unpriced] = this.reads.costs(question);
    const [total = {}] = await this.rows(totals);
    return asCostAnswer(await this.rows(rows), total, await this.rows(unpriced));
  }

  async duplicates(role: KeyedRole, scope: TraceScope, fromMs: number, toMs: number): Promise<Duplicates> {
    const rows = await this.rows(this.reads.duplicates(role, scope, fromMs, toMs));
    const traceIds = [...new Set(rows.map((row) => textOf(row, 'trace_id')))];
    return { numKeys: integerOrNull(rows[0] ?? {}, 'num_keys') ?? 0, traceIds };
  }

  async experimentCreatedAt(scope: TraceScope): Promise<number | null> {
    const [row] = await this.rows(this.reads.metaNamed(experimentFact(scope)));
    const createdAtMs = row === undefined ? NaN : Number.parseInt(textOf(row, 'value'), 10);
    return Number.isSafeInteger(createdAtMs) ? createdAtMs : null;
  }

  async keepExperimentCreatedAt(scope: TraceScope, createdAtMs: number): Promise<void> {
    await this.write(this.reads.upsertMeta(experimentFact(scope), String(createdAtMs)));
  }

  async summary(scope: Partial<TraceScope> = {}): Promise<GoldSummary> {
    const metrics = (await this.dynamicColumns()).filter(({ type }) => type === 'DOUBLE');
    const [totals = {}] = await this.rows(this.reads.goldTotals(scope, metrics));
    const [open = {}] = await this.rows(this.reads.countOpenDeadLetters(scope));
    const names = metrics.map(({ name }) => name);
    return asSummary(totals, names, integerOrNull(open, 'num_rows') ?? 0);
  }
}

/** Name of a fact in the meta table. Experiment ids are numbers, so nothing else can have the same name. */
function experimentFact({ sourceId, experimentId }: TraceScope): string {
  return `experiment_created_at_ms/${sourceId}/${experimentId}`;
}
