/** The commit: staged files into tables, one statement per table. Imports the tables, targets/sql and this adapter. */
import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { decisionsBeside } from '../../copy/staging-layout.js';
import { TraceliftError } from '../../errors/index.js';
import { isMetricColumn, planColumns, type ColumnPlan, type WantedColumn } from '../../tables/plan-columns.js';
import type { DynamicColumn } from '../../tables/table.js';
import type { StagedFile } from '../../copy/process/messages.js';
import type { CommitManifest, CommitOptions, CommitStep } from '../warehouse.js';
import type { CommitResult } from '../../copy/commit/messages.js';
import { mergeAssessmentCurrency, mergeAssessmentVersions, mergeCatalog } from '../sql/assessment-merges.js';
import { mergeChildren } from '../sql/child-merges.js';
import { mergeFailures, mergeRecoveries } from '../sql/dead-letter-merges.js';
import type { CommitRelations, CommitTables } from '../sql/commit-relations.js';
import { mergeGold, mergeRaw } from '../sql/trace-merges.js';
import { retryConflicts } from './conflicts.js';
import { textOf } from '../sql/read-rows.js';
import type { SqlRow } from '../sql/rows.js';
import * as commitSql from './sql/commit.js';
import { sparkDialect as dialect } from './sql/dialect.js';
import { tablesOf } from './sql/names.js';
import { addDynamicColumns, dynamicColumnsOf, type WarehouseContext } from './tables.js';

const nothing: CommitResult = { inserted: 0, updated: 0, columnsOverLimit: 0 };

/** What a commit needs besides the tables. */
export interface CommitParts {
  /** Writes a text file to a path below `/Volumes`. */
  readonly writeFile: (location: string, text: string, signal?: AbortSignal) => Promise<void>;
}

/** Small warehouses run about ten statements at once; more of one commit would only wait there. */
const maxParallelMerges = 4;

/**
 * Commits a manifest. Gold comes when every other table is through, so that the whole list decides the same when it is
 * done again after a crash. One commit at a time is assumed: others of the same tables only cost repetitions.
 */
export async function commitFiles(
  context: WarehouseContext,
  parts: CommitParts,
  manifest: CommitManifest,
  options: CommitOptions,
): Promise<CommitResult> {
  return manifest.files.length === 0 ? nothing : new Commit(context, parts, manifest, options).run();
}

/** Lists that follow the spans of their trace, and where a staged file counts them. */
const childLists = [
  ['spans', 'numSpans'],
  ['documents', 'numDocuments'],
  ['attachments', 'numAttachments'],
] as const;

class Commit {
  readonly #tables: CommitTables;
  /** Decides inside of each statement. */
  readonly #live: CommitRelations;

  constructor(
    private readonly context: WarehouseContext,
    private readonly parts: CommitParts,
    private readonly manifest: CommitManifest,
    private readonly options: CommitOptions,
  ) {
    this.#tables = tablesOf(context.place);
    this.#live = commitSql.relationsOf(manifest.locations, this.#tables.gold);
  }

  async run(): Promise<CommitResult> {
    const tables = this.#tables;
    await this.#begin('check');
    const { wanted, existing, decisions } = await this.#inspect();
    await this.options.onDecided?.({ inserted: decisions.inserted, updated: decisions.updated });
    await this.#begin('columns');
    const plan = await this.#addColumns(existing, wanted);
    await this.#mergeAll(this.#merges(decisions, wanted));
    // Decided by the statement itself: whatever an attempt that was given up still does, gold never goes back.
    const changesGold = decisions.inserted + decisions.updated > 0;
    await this.#begin('gold');
    if (changesGold) await this.#merge('gold', [mergeGold(tables.gold, this.#live, plan.bound, dialect)]);
    const { inserted, updated } = decisions;
    return {
      inserted,
      updated,
      columnsOverLimit: plan.refused.filter(({ reason }) => reason === 'limit').length,
    };
  }

  /** Everything that is read before the first table changes, at the same time. What the check finds comes first. */
  async #inspect(): Promise<Inspection> {
    const [wanted, existing, decisions] = await Promise.allSettled([
      this.#check(),
      dynamicColumnsOf(this.context),
      this.#decide(),
    ]);
    return {
      wanted: valueOf(wanted),
      existing: valueOf(existing),
      decisions: valueOf(decisions),
    };
  }

  /**
   * Every table before gold. A MERGE costs seconds even where it changes nothing: those that provably have nothing to
   * do are left out.
   */
  #merges(decisions: Decisions, wanted: readonly WantedColumn[]): TableMerges[] {
    const tables = this.#tables;
    const { relations, holds, inserted, updated, takesEveryInfo } = decisions;
    const staged = (
      list: 'numSpans' | 'numDocuments' | 'numAttachments' | 'numAssessments' | 'numDeadLetters',
    ): boolean => this.manifest.files.some((file) => file[list] > 0);
    const takesAny = inserted + updated > 0;
    const hasAssessments = staged('numAssessments');
    const hasMetrics = wanted.some(({ name }) => isMetricColumn(name));
    const changesCurrency = holds.has('assessments') || (hasAssessments && !takesEveryInfo);
    const only = (isNeeded: boolean, sql: string): string[] => (isNeeded ? [sql] : []);
    return [
      {
        step: 'assessments',
        statements: [
          ...only(hasAssessments, mergeAssessmentVersions(tables.assessments, relations)),
          ...only(changesCurrency, mergeAssessmentCurrency(tables.assessments, relations)),
        ],
      },
      ...childLists.map(([list, count]) => {
        const isNeeded = takesAny && (holds.has(list) || staged(count));
        return { step: list, statements: only(isNeeded, mergeChildren(list, tables[list], relations)) };
      }),
      {
        step: 'catalog',
        statements: only(hasAssessments || hasMetrics, mergeCatalog(tables.catalog, relations, dialect)),
      },
      { step: 'raw', statements: only(takesAny, mergeRaw(tables.raw, relations)) },
      {
        step: 'deadLetters',
        statements: [
          ...only(staged('numDeadLetters'), mergeFailures(tables, relations, dialect)),
          ...only(holds.has('deadLetters'), mergeRecoveries(tables, relations)),
        ],
      },
    ];
  }

  /**
   * Different tables at the same time, each on a session of its own: none reads what another one writes. When one fails,
   * the others are waited for, so that nothing is under way when the commit has ended.
   */
  async #mergeAll(merges: readonly TableMerges[]): Promise<void> {
    const limit = pLimit(maxParallelMerges);
    const results = await Promise.allSettled(
      merges.map(({ step, statements }) =>
        limit(async () => {
          await this.#begin(step);
          await this.#merge(step, statements);
        }),
      ),
    );
    for (const result of results) valueOf(result);
  }

  async #merge(step: CommitStep, statements: readonly string[]): Promise<void> {
    for (const sql of statements) await this.#run(sql, `merging the table of the role ${step}`);
  }

  async #begin(step: CommitStep): Promise<void> {
    await this.options.onStep?.(step);
    this.options.signal?.throwIfAborted();
  }

  /** Every statement may be repeated: a conflict means that nothing of it was committed. */
  #run(sql: string, doing: string): Promise<SqlRow[]> {
    const { signal } = this.options;
    return retryConflicts(() => this.context.sql.run(sql, { doing, ...(signal && { signal }) }), signal);
  }

  /** Returns the names of dynamic values. @throws StagingLost, ManifestMismatch */
  async #check(): Promise<WantedColumn[]> {
    const found = await this.#run(commitSql.countStaged(this.manifest.locations), 'counting the staged rows');
    for (const [index, file] of this.manifest.files.entries()) {
      const location = this.manifest.locations[index] ?? '';
      const counts = found.find((row) => textOf(row, 'staged_file').endsWith(file.key));
      if (counts === undefined && file.numTraces > 0) throw lost(file, location);
      const problem = mismatch(file, counts ?? {});
      if (problem !== null) throw new TraceliftError('ManifestMismatch', { key: file.key, problem });
    }
    const names = (column: string): string[] => [...new Set(found.flatMap((row) => textsOf(row, column)))];
    return [
      ...names('names_of_numbers').map((name): WantedColumn => ({ name, type: 'DOUBLE' })),
      ...names('names_of_texts').map((name): WantedColumn => ({ name, type: 'STRING' })),
    ];
  }

  async #addColumns(existing: readonly DynamicColumn[], wanted: readonly WantedColumn[]): Promise<ColumnPlan> {
    const plan = planColumns(existing, wanted, this.manifest.maxMetricColumns);
    for (const { name, reason } of plan.refused) {
      const fields = { name: name.slice(0, 80), reason };
      this.context.log.warn('No column for a metric; its values stay in the assessments table', fields);
    }
    if (plan.add.length > 0) await addDynamicColumns(this.context, plan.add);
    return plan;
  }

  /** Decides once for all tables but gold, and puts the decisions beside the staged files. */
  async #decide(): Promise<Decisions> {
    const [rows, held] = await Promise.all([
      this.#run(commitSql.readDecisions(this.#live), 'comparing with the gold table'),
      this.#run(commitSql.findRows(this.#live, this.#tables), 'looking for rows of these traces'),
    ]);
    const first = this.manifest.locations[0] ?? '';
    const decisionsFile = decisionsBeside(first, randomUUID());
    const text = rows.map((row) => `${textOf(row, 'line')}\n`).join('');
    await this.parts.writeFile(decisionsFile, text, this.options.signal);
    const relations = commitSql.relationsOf(this.manifest.locations, this.#tables.gold, decisionsFile);
    const numLanded = this.manifest.files.reduce((sum, file) => sum + file.numTraces - file.numDeadLetters, 0);
    return {
      relations,
      inserted: rows.filter((row) => row['is_new'] === true).length,
      updated: rows.filter(isUpdate).length,
      holds: new Set(held.map((row) => textOf(row, 'role'))),
      takesEveryInfo: numLanded === rows.length && rows.every((row) => row['takes_info'] === true),
    };
  }
}

/** What is known before anything is written. */
interface Inspection {
  readonly wanted: readonly WantedColumn[];
  readonly existing: readonly DynamicColumn[];
  readonly decisions: Decisions;
}

/** The statements for one table, in order; none where there is nothing to do. */
interface TableMerges {
  readonly step: CommitStep;
  readonly statements: readonly string[];
}

/** The value of a step that went well. @throws what it failed with */
function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}

/** What a commit is going to do. */
interface Decisions {
  readonly relations: CommitRelations;
  readonly inserted: number;
  readonly updated: number;
  /** Roles whose tables had rows of these traces before. */
  readonly holds: ReadonlySet<string>;
  /** True when every staged row is the one that its trace shows from now on. */
  readonly takesEveryInfo: boolean;
}

const isUpdate = (row: SqlRow): boolean =>
  row['is_new'] !== true && (row['takes_info'] === true || row['takes_spans'] === true);

/** A JSON array of texts; `[]` for NULL. */
function textsOf(row: SqlRow, column: string): string[] {
  const value: unknown = JSON.parse(textOf(row, column) || '[]');
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
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
    ['attachments', file.numAttachments, count('num_attachments')],
  ];
  const wrong = pairs.filter(([, expected, actual]) => expected !== actual);
  if (wrong.length === 0) return null;
  return wrong.map(([what, expected, actual]) => `${actual} ${what} instead of ${expected}`).join(', ');
}
