/** The commit: staged files into tables, one statement per table. Imports domain, adapters/sql and this adapter. */
import { TraceliftError } from '../../domain/errors.js';
import { planColumns, type ColumnPlan, type WantedColumn } from '../../domain/tables/plan-columns.js';
import type { StagedFile } from '../../ports/staging.js';
import type { CommitManifest, CommitOptions, CommitResult, CommitStep } from '../../ports/warehouse.js';
import { mergeAssessmentCurrency, mergeAssessmentVersions, mergeCatalog } from '../sql/assessment-merges.js';
import { mergeChildren } from '../sql/child-merges.js';
import { mergeFailures, mergeRecoveries } from '../sql/dead-letter-merges.js';
import type { CommitRelations, CommitTables } from '../sql/dialect.js';
import { mergeGold, mergeRaw } from '../sql/trace-merges.js';
import { retryConflicts } from './conflicts.js';
import { textOf, type SqlRow } from './sql-client.js';
import * as commitSql from './sql/commit.js';
import type { Place } from './sql/names.js';
import { addDynamicColumns, dynamicColumnsOf, type WarehouseContext } from './tables.js';

const nothing: CommitResult = { inserted: 0, updated: 0, deadLettered: 0, addedColumns: [], columnsOverLimit: 0 };

/**
 * Commits a manifest. No two tables change at once; gold comes last, so that the whole list decides the same when it
 * is done again after a crash. One commit at a time is assumed: others of the same tables only cost repetitions.
 */
export async function commitFiles(
  context: WarehouseContext,
  manifest: CommitManifest,
  options: CommitOptions,
): Promise<CommitResult> {
  return manifest.files.length === 0 ? nothing : new Commit(context, manifest, options).run();
}

class Commit {
  readonly #tables: CommitTables;
  readonly #relations: CommitRelations;

  constructor(
    private readonly context: WarehouseContext,
    private readonly manifest: CommitManifest,
    private readonly options: CommitOptions,
  ) {
    this.#tables = tablesOf(context.place);
    this.#relations = commitSql.relationsOf(manifest.locations, this.#tables.gold);
  }

  async run(): Promise<CommitResult> {
    const [tables, relations, dialect] = [this.#tables, this.#relations, commitSql.commitDialect];
    await this.#begin('check');
    await this.#check();
    await this.#begin('columns');
    const plan = await this.#addColumns();
    const counts = await this.#counts();
    await this.#step('assessments', [
      mergeAssessmentVersions(tables.assessments, relations),
      mergeAssessmentCurrency(tables.assessments, relations),
    ]);
    await this.#step('spans', [mergeChildren('spans', tables.spans, relations)]);
    await this.#step('documents', [mergeChildren('documents', tables.documents, relations)]);
    await this.#step('catalog', [mergeCatalog(tables.catalog, relations, dialect)]);
    await this.#step('raw', [mergeRaw(tables.raw, relations)]);
    await this.#step('deadLetters', [
      ...(counts.deadLettered === 0 ? [] : [mergeFailures(tables, relations, dialect)]),
      mergeRecoveries(tables, relations),
    ]);
    await this.#step('gold', [mergeGold(tables.gold, relations, plan.bound, dialect)]);
    return {
      ...counts,
      addedColumns: plan.add.map(({ name }) => name),
      columnsOverLimit: plan.refused.filter(({ reason }) => reason === 'limit').length,
    };
  }

  async #begin(step: CommitStep): Promise<void> {
    await this.options.onStep?.(step);
    this.options.signal?.throwIfAborted();
  }

  async #step(step: CommitStep, statements: readonly string[]): Promise<void> {
    await this.#begin(step);
    for (const sql of statements) await this.#run(sql, `merging the table of the role ${step}`);
  }

  /** Every statement may be repeated: a conflict means that nothing of it was committed. */
  #run(sql: string, doing: string): Promise<SqlRow[]> {
    const { signal } = this.options;
    return retryConflicts(() => this.context.sql.run(sql, { doing, ...(signal && { signal }) }), signal);
  }

  /** @throws StagingLost, ManifestMismatch */
  async #check(): Promise<void> {
    const found = await this.#run(commitSql.countStaged(this.manifest.locations), 'counting the staged rows');
    for (const [index, file] of this.manifest.files.entries()) {
      const location = this.manifest.locations[index] ?? '';
      const counts = found.find((row) => textOf(row, 'staged_file').endsWith(file.key));
      if (counts === undefined && file.numTraces > 0) throw lost(file, location);
      const problem = mismatch(file, counts ?? {});
      if (problem !== null) throw new TraceliftError('ManifestMismatch', { key: file.key, problem });
    }
  }

  async #addColumns(): Promise<ColumnPlan> {
    const existing = await dynamicColumnsOf(this.context);
    const rows = await this.#run(commitSql.wantedColumns(this.#relations), 'reading the metric names');
    const wanted = rows.map((row): WantedColumn => ({
      name: textOf(row, 'name'),
      type: textOf(row, 'type') === 'DOUBLE' ? 'DOUBLE' : 'STRING',
    }));
    const plan = planColumns(existing, wanted, this.manifest.maxMetricColumns);
    for (const { name, reason } of plan.refused) {
      const fields = { name: name.slice(0, 80), reason };
      this.context.log.warn('No column for a metric; its values stay in the assessments table', fields);
    }
    if (plan.add.length > 0) await addDynamicColumns(this.context, plan.add);
    return plan;
  }

  async #counts(): Promise<Pick<CommitResult, 'inserted' | 'updated' | 'deadLettered'>> {
    const [decided = {}] = await this.#run(commitSql.countDecisions(this.#relations), 'comparing with the gold table');
    const [failed = {}] = await this.#run(commitSql.countDeadLetters(this.#relations), 'counting dead letters');
    return {
      inserted: Number(textOf(decided, 'inserted')),
      updated: Number(textOf(decided, 'updated')),
      deadLettered: Number(textOf(failed, 'dead_lettered')),
    };
  }
}

function tablesOf(place: Place): CommitTables {
  const roles = ['assessments', 'spans', 'documents', 'catalog', 'raw', 'deadLetters', 'gold'] as const;
  return Object.fromEntries(roles.map((role) => [role, place.table(role)])) as unknown as CommitTables;
}

/** A file that is gone has no rows; files of a brace list that do not exist are not complained about. */
function lost(file: StagedFile, location: string): TraceliftError {
  const root = location.slice(0, -file.key.length - 1);
  return new TraceliftError('StagingLost', { key: file.key, root, reason: 'it is gone' });
}

/** What is wrong with a file, or null. */
function mismatch(file: StagedFile, found: SqlRow): string | null {
  const count = (column: string): number => Number(textOf(found, column));
  if (count('num_without_key') > 0) return `${count('num_without_key')} rows have no key`;
  const pairs: readonly (readonly [string, number, number])[] = [
    ['traces', file.numTraces, count('num_traces')],
    ['dead letters', file.numDeadLetters, count('num_dead_letters')],
    ['spans', file.numSpans, count('num_spans')],
    ['assessments', file.numAssessments, count('num_assessments')],
    ['documents', file.numDocuments, count('num_documents')],
  ];
  const wrong = pairs.filter(([, expected, actual]) => expected !== actual);
  if (wrong.length === 0) return null;
  return wrong.map(([what, expected, actual]) => `${actual} ${what} instead of ${expected}`).join(', ');
}
