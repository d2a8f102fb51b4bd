/** The commit: staged files into tables, step by step. Imports the tables, targets/sql, the database and its SQL. */
import { TraceliftError } from '../../errors/index.js';
import { type ColumnPlan, planColumns, type WantedColumn } from '../../tables/plan-columns.js';
import type { Log } from '../../log.js';
import type { StagedFile } from '../../copy/process/messages.js';
import type { CommitManifest, CommitOptions, CommitStep } from '../warehouse.js';
import type { CommitResult } from '../../copy/commit/messages.js';
import { mergeAssessmentCurrency, mergeAssessmentVersions, mergeCatalog } from '../sql/assessment-merges.js';
import { mergeChildren } from '../sql/child-merges.js';
import { mergeFailures, mergeRecoveries } from '../sql/dead-letter-merges.js';
import { mergeGold, mergeRaw } from '../sql/trace-merges.js';
import type { DuckDbDatabase, DuckDbSession, ExclusiveSession } from './database.js';
import { createViews, dynamicColumnsOf, type TableNames } from './prepare.js';
import { rawSlices } from './raw-slices.js';
import * as commitSql from './sql/commit.js';
import { duckDbDialect as dialect } from './sql/dialect.js';
import { sqlNamesOf } from './sql/names.js';
import { addColumn } from './sql/schema.js';

const { relations } = commitSql;

const nothing: CommitResult = { inserted: 0, updated: 0, columnsOverLimit: 0 };

/** What a commit works with. */
export interface CommitContext {
  readonly database: DuckDbDatabase;
  readonly names: TableNames;
  readonly log: Log;
}

/**
 * Commits a manifest while nothing else of this process writes to the file. Each step is one transaction; the next
 * attempt after a crash does the whole list again.
 */
export function commitFiles(
  context: CommitContext,
  manifest: CommitManifest,
  options: CommitOptions,
): Promise<CommitResult> {
  if (manifest.files.length === 0) return Promise.resolve(nothing);
  return context.database.exclusively(async (session) => {
    try {
      return await new Commit(context, session, manifest, options).run();
    } finally {
      for (const statement of commitSql.unstage) await session.run(statement);
    }
  });
}

class Commit {
  readonly #tables;

  constructor(
    private readonly context: CommitContext,
    private readonly session: ExclusiveSession,
    private readonly manifest: CommitManifest,
    private readonly options: CommitOptions,
  ) {
    this.#tables = sqlNamesOf(context.names);
  }

  async run(): Promise<CommitResult> {
    const tables = this.#tables;
    await this.#begin('check');
    await this.#check();
    await this.#begin('columns');
    const plan = await this.#addColumns();
    await this.#execute([commitSql.decide(tables.gold)]);
    const counts = await this.#counts();
    await this.options.onDecided?.(counts);
    await this.#step('assessments', [
      mergeAssessmentVersions(tables.assessments, relations),
      mergeAssessmentCurrency(tables.assessments, relations),
    ]);
    await this.#step('spans', [mergeChildren('spans', tables.spans, relations)]);
    await this.#step('documents', [mergeChildren('documents', tables.documents, relations)]);
    await this.#step('attachments', [mergeChildren('attachments', tables.attachments, relations)]);
    await this.#step('catalog', [mergeCatalog(tables.catalog, relations, dialect)]);
    await this.#mergeRaw();
    await this.#step('deadLetters', [mergeFailures(tables, relations, dialect), mergeRecoveries(tables, relations)]);
    await this.#step('gold', [mergeGold(tables.gold, relations, plan.bound, dialect)]);
    return {
      ...counts,
      columnsOverLimit: plan.refused.filter(({ reason }) => reason === 'limit').length,
    };
  }

  async #begin(step: CommitStep): Promise<void> {
    await this.options.onStep?.(step);
    this.options.signal?.throwIfAborted();
  }

  async #step(step: CommitStep, statements: readonly string[]): Promise<void> {
    await this.#begin(step);
    await this.session.transaction((session) => this.#execute(statements, [gone, cutOff], session));
  }

  /**
   * Raw holds all the text of a window, and a MERGE holds its source in memory several times over. So raw is merged a
   * few files at a time, each time in a transaction of its own; gold, which comes last, says what is landed.
   */
  async #mergeRaw(): Promise<void> {
    const { raw } = this.#tables;
    const sizes = await this.session.rows<TextSize>(commitSql.textSizes(this.manifest.locations));
    const textBytes = new Map(sizes.map(({ filename, bytes }) => [filename, bytes]));
    for (const locations of rawSlices(this.manifest, textBytes)) {
      const slice = { ...relations, stagedRaw: commitSql.stagedRawOf(locations) };
      await this.#step('raw', [mergeRaw(raw, slice, 'whole')]);
    }
    const [row] = await this.session.rows<{ mixed: number }>(commitSql.countMixed);
    if (row !== undefined && row.mixed > 0) await this.#step('raw', [mergeRaw(raw, relations, 'mixed')]);
  }

  async #execute(
    statements: readonly string[],
    signs: readonly RegExp[] = [gone, cutOff],
    session: DuckDbSession = this.session,
  ): Promise<void> {
    try {
      for (const sql of statements) await session.run(sql, [], { signal: this.options.signal });
    } catch (failure) {
      throw lostFile(failure, this.manifest, signs) ?? failure;
    }
  }

  /** @throws StagingLost, ManifestMismatch */
  async #check(): Promise<void> {
    await this.#execute(commitSql.stageFiles(this.manifest.locations), [gone, cutOff, anything]);
    const found = new Map(
      (await this.session.rows<StagedCounts>(commitSql.countStaged)).map((row) => [row.filename, row]),
    );
    for (const [index, file] of this.manifest.files.entries()) {
      const problem = mismatch(file, found.get(this.manifest.locations[index] ?? ''));
      if (problem !== null) throw new TraceliftError('ManifestMismatch', { key: file.key, problem });
    }
  }

  async #addColumns(): Promise<ColumnPlan> {
    const { names, log } = this.context;
    const existing = await dynamicColumnsOf(this.session, names.gold);
    const wanted = await this.session.rows<WantedColumn>(commitSql.wantedColumns);
    const plan = planColumns(existing, wanted, this.manifest.maxMetricColumns);
    for (const { name, reason } of plan.refused) {
      // A name beyond any limit is no help to a reader of the log, and may hold anything.
      log.warn('No column for a metric; its values stay in the assessments table', { name: name.slice(0, 80), reason });
    }
    if (plan.add.length > 0) {
      await this.session.transaction(async (session) => {
        await this.#execute(
          plan.add.flatMap((column) => addColumn(names.gold, column)),
          [gone, cutOff],
          session,
        );
        await createViews(session, names);
      });
    }
    return plan;
  }

  async #counts(): Promise<Pick<CommitResult, 'inserted' | 'updated'>> {
    const [decided] = await this.session.rows<{ inserted: number; updated: number }>(commitSql.countDecisions);
    return { inserted: decided?.inserted ?? 0, updated: decided?.updated ?? 0 };
  }
}

interface TextSize {
  readonly filename: string;
  readonly bytes: number;
}

interface StagedCounts {
  readonly filename: string;
  readonly traces: number;
  readonly dead_letters: number;
  readonly spans: number;
  readonly assessments: number;
  readonly documents: number;
  readonly attachments: number;
  readonly without_key: number;
}

const noRows = { traces: 0, dead_letters: 0, spans: 0, assessments: 0, documents: 0, attachments: 0, without_key: 0 };

/** What is wrong with a file, or null. A file without rows has no counts. */
function mismatch(file: StagedFile, found: Omit<StagedCounts, 'filename'> = noRows): string | null {
  if (found.without_key > 0) return `${found.without_key} rows have no key`;
  const pairs: readonly (readonly [string, number, number])[] = [
    ['traces', file.numTraces, found.traces],
    ['dead letters', file.numDeadLetters, found.dead_letters],
    ['spans', file.numSpans, found.spans],
    ['assessments', file.numAssessments, found.assessments],
    ['documents', file.numDocuments, found.documents],
    ['attachments', file.numAttachments, found.attachments],
  ];
  const wrong = pairs.filter(([, expected, actual]) => expected !== actual);
  if (wrong.length === 0) return null;
  return wrong.map(([what, expected, actual]) => `${actual} ${what} instead of ${expected}`).join(', ');
}

/** What DuckDB's failures are called where they say nothing of memory, disk or lock. */
const lossCodes: ReadonlySet<string> = new Set(['WarehouseFailed', 'WarehousePermission', 'WarehouseFileUnusable']);

const gone = /No files found|Cannot open file|No such file/i;
const cutOff = /magic bytes|Footer length|too small to be a Parquet|Parquet file|TProtocolException|Snappy|ZSTD/i;
/** Another shape, or damaged inside: only while the files are read for the first time, later it would be our own slip. */
const anything = /^/;

/** StagingLost, when that is what the failure says: the file is gone, cut off, or no staged file at all. */
function lostFile(
  failure: unknown,
  { files, locations }: CommitManifest,
  signs: readonly RegExp[],
): TraceliftError | null {
  if (!(failure instanceof TraceliftError) || !(failure.cause instanceof Error)) return null;
  const text = failure.cause.message;
  const index = locations.findIndex((location) => text.includes(location));
  // A staged file that is named in a failure to read is at fault, whatever became of it: a folder, another format.
  if (!lossCodes.has(failure.code) || (index < 0 && !signs.some((sign) => sign.test(text)))) return null;
  const key = files[index]?.key ?? 'of this window';
  const root = index < 0 ? 'staging' : (locations[index] ?? '').slice(0, -key.length - 1);
  const reason = gone.test(text) ? 'it is gone' : 'it is cut off';
  return new TraceliftError('StagingLost', { key, root, reason }, { cause: failure });
}
