/** Answers of comparisons, out of the rows of their statements. Imports the port and the statements. */
import type {
  AnsweredTwice,
  GroupQuantiles,
  GroupReader,
  GroupSums,
  Measure,
  Split,
  StratumMean,
  TraceFilter,
  TraceGroup,
} from '../../answers/questions.js';
import type { GroupStatements } from './group-statements.js';
import { integerOrNull, textOf } from './read-rows.js';
import type { Statement } from './gold-reads.js';
import type { SqlRow } from './rows.js';

const numberOf = (row: SqlRow, column: string): number => Number(row[column] ?? Number.NaN);
const countOf = (row: SqlRow, column: string): number => integerOrNull(row, column) ?? 0;

export class SqlGroupReader implements GroupReader {
  constructor(
    private readonly statements: GroupStatements,
    /** Sends a statement that reads. */
    private readonly rows: (statement: Statement) => Promise<SqlRow[]>,
  ) {}

  async traceGroups(filter: TraceFilter, column: string, limit: number): Promise<TraceGroup[]> {
    return (await this.rows(this.statements.traceGroups(filter, column, limit))).map((row) => ({
      value: textOf(row, 'group_value'),
      firstStartMs: countOf(row, 'first_start_ms'),
      lastStartMs: countOf(row, 'last_start_ms'),
      numTraces: countOf(row, 'num_traces'),
      numSessions: countOf(row, 'num_sessions'),
      numTracesWithoutSession: countOf(row, 'num_without_session'),
    }));
  }

  async groupSums(filter: TraceFilter, split: Split, measures: readonly Measure[]): Promise<GroupSums[]> {
    if (measures.length === 0) return [];
    return (await this.rows(this.statements.groupSums(filter, split, measures))).map((row) => ({
      group: textOf(row, 'group_value'),
      measure: countOf(row, 'measure'),
      numClusters: countOf(row, 'num_clusters'),
      numValues: countOf(row, 'num_values'),
      mean: numberOf(row, 'mean'),
      squaredResiduals: numberOf(row, 'squared_residuals'),
    }));
  }

  async groupQuantiles(
    filter: TraceFilter,
    split: Split,
    column: string,
    shares: readonly number[],
  ): Promise<GroupQuantiles[]> {
    return (await this.rows(this.statements.groupQuantiles(filter, split, column, shares))).map((row) => ({
      group: textOf(row, 'group_value'),
      numValues: countOf(row, 'num_values'),
      values: shares.map((_, index) => numberOf(row, `quantile_${String(index)}`)),
    }));
  }

  async stratumMeans(
    filter: TraceFilter,
    split: Split,
    stratum: string,
    measures: readonly Measure[],
  ): Promise<StratumMean[]> {
    if (measures.length === 0) return [];
    return (await this.rows(this.statements.stratumMeans(filter, split, stratum, measures))).map((row) => ({
      group: textOf(row, 'group_value'),
      measure: countOf(row, 'measure'),
      stratum: textOf(row, 'stratum'),
      numValues: countOf(row, 'num_values'),
      mean: numberOf(row, 'mean'),
    }));
  }

  async answeredTwice(
    filter: TraceFilter,
    split: Split,
    measures: readonly Measure[],
    limit: number,
  ): Promise<AnsweredTwice[]> {
    if (measures.length === 0) return [];
    return (await this.rows(this.statements.answeredTwice(filter, split, measures, limit))).map((row) => ({
      measure: countOf(row, 'measure'),
      baseline: numberOf(row, 'baseline'),
      candidate: numberOf(row, 'candidate'),
    }));
  }
}
