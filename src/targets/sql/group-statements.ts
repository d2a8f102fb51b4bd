/**
 * Statements behind comparisons of groups of traces: sums and quantiles leave the database, rows do not. Imports the
 * dialect and the questions.
 *
 * A measure is summed up within each session first; sessions are what is independent.
 */
import type { Measure, Split, TraceFilter } from '../../answers/questions.js';
import type { Dialect, SqlParameter } from './dialect.js';
import type { Statement } from './gold-reads.js';

const doing = 'comparing groups of traces';

/** Collects the values of a statement. */
class Parameters {
  readonly values: Record<string, SqlParameter> = {};

  constructor(private readonly dialect: Dialect) {}

  add(value: SqlParameter): string {
    const name = `p${String(Object.keys(this.values).length)}`;
    this.values[name] = value;
    return this.dialect.parameter(name);
  }
}

export class GroupStatements {
  constructor(
    private readonly dialect: Dialect,
    private readonly goldTable: string,
  ) {}

  traceGroups(filter: TraceFilter, column: string, limit: number): Statement {
    const { dialect } = this;
    const parameters = new Parameters(dialect);
    const group = dialect.identifier(column);
    return {
      sql: `SELECT ${group} AS group_value, ${dialect.exactInteger('min(start_time_ms)')} AS first_start_ms,
  ${dialect.exactInteger('max(start_time_ms)')} AS last_start_ms, ${dialect.exactInteger('count(*)')} AS num_traces,
  ${dialect.exactInteger(`count(DISTINCT ${cluster})`)} AS num_sessions,
  ${dialect.exactInteger('count(CASE WHEN session_id IS NULL THEN 1 END)')} AS num_without_session
FROM ${this.goldTable} WHERE ${this.#where(filter, parameters)} AND ${group} IS NOT NULL
GROUP BY ${group} ORDER BY min(start_time_ms), ${group} LIMIT ${String(limit)}`,
      parameters: parameters.values,
      doing,
    };
  }

  groupSums(filter: TraceFilter, split: Split, measures: readonly Measure[]): Statement {
    const { dialect } = this;
    const parameters = new Parameters(dialect);
    return {
      sql: `WITH ${this.#measured(filter, split, measures, parameters)},
clusters AS (SELECT group_value, measure, cluster, count(x) AS n, sum(x) AS s FROM measured WHERE x IS NOT NULL
  GROUP BY group_value, measure, cluster),
means AS (SELECT group_value, measure, sum(s) / sum(n) AS mean FROM clusters GROUP BY group_value, measure)
SELECT clusters.group_value, clusters.measure, ${dialect.exactInteger('count(*)')} AS num_clusters,
  ${dialect.exactInteger('sum(n)')} AS num_values, max(mean) AS mean,
  sum((s - mean * n) * (s - mean * n)) AS squared_residuals
FROM clusters JOIN means ON means.group_value = clusters.group_value AND means.measure = clusters.measure
GROUP BY clusters.group_value, clusters.measure ORDER BY clusters.group_value, clusters.measure`,
      parameters: parameters.values,
      doing,
    };
  }

  groupQuantiles(filter: TraceFilter, split: Split, column: string, shares: readonly number[]): Statement {
    const { dialect } = this;
    const parameters = new Parameters(dialect);
    const measured = this.#measured(filter, split, [{ kind: 'column', name: column }], parameters);
    const quantiles = shares.map((share, index) => {
      const atLeast = `CAST(${parameters.add(share)} AS DOUBLE)`;
      return `min(CASE WHEN place >= ${atLeast} * num_values THEN x END) AS quantile_${String(index)}`;
    });
    return {
      sql: `WITH ${measured},
placed AS (SELECT group_value, x, row_number() OVER (PARTITION BY group_value ORDER BY x) AS place,
  count(*) OVER (PARTITION BY group_value) AS num_values FROM measured WHERE x IS NOT NULL)
SELECT group_value, ${dialect.exactInteger('max(num_values)')} AS num_values, ${quantiles.join(', ')}
FROM placed GROUP BY group_value ORDER BY group_value`,
      parameters: parameters.values,
      doing,
    };
  }

  stratumMeans(filter: TraceFilter, split: Split, stratum: string, measures: readonly Measure[]): Statement {
    const { dialect } = this;
    const parameters = new Parameters(dialect);
    return {
      sql: `WITH ${this.#measured(filter, split, measures, parameters, stratum)}
SELECT group_value, measure, stratum, ${dialect.exactInteger('count(x)')} AS num_values, avg(x) AS mean
FROM measured WHERE x IS NOT NULL AND stratum IS NOT NULL GROUP BY group_value, measure, stratum
ORDER BY group_value, measure, stratum`,
      parameters: parameters.values,
      doing,
    };
  }

  answeredTwice(filter: TraceFilter, split: Split, measures: readonly Measure[], limit: number): Statement {
    const { dialect } = this;
    const parameters = new Parameters(dialect);
    const measured = this.#measured(filter, split, measures, parameters, 'request_hash');
    const [baseline, candidate] = [split.baseline, split.candidate].map(
      (value) => `avg(CASE WHEN group_value = ${parameters.add(value)} THEN x END)`,
    );
    return {
      sql: `WITH ${measured},
questions AS (SELECT measure, stratum, ${baseline} AS baseline, ${candidate} AS candidate FROM measured
  WHERE x IS NOT NULL AND stratum IS NOT NULL GROUP BY measure, stratum),
numbered AS (SELECT measure, baseline, candidate, row_number() OVER (PARTITION BY measure ORDER BY stratum) AS nth
  FROM questions WHERE baseline IS NOT NULL AND candidate IS NOT NULL)
SELECT measure, baseline, candidate FROM numbered WHERE nth <= ${String(limit)} ORDER BY measure, nth`,
      parameters: parameters.values,
      doing,
    };
  }

  /** Two relations: the traces of both groups, and one row `x` for each of their measures. */
  #measured(
    filter: TraceFilter,
    split: Split,
    measures: readonly Measure[],
    parameters: Parameters,
    stratum?: string,
  ): string {
    const { dialect } = this;
    const group = dialect.identifier(split.column);
    const numbers = measures.map((measure, index) => `${this.#value(measure, parameters)} AS m_${String(index)}`);
    const columns = measures.map((_, index) => ({
      name: String(index),
      dataType: 'double',
      sql: `m_${String(index)}`,
    }));
    const within = stratum === undefined ? '' : `, ${dialect.identifier(stratum)} AS stratum`;
    const wanted = `${group} IN (${parameters.add(split.baseline)}, ${parameters.add(split.candidate)})`;
    return `chosen AS (SELECT ${group} AS group_value, ${cluster} AS cluster${within}, ${numbers.join(', ')}
  FROM ${this.goldTable} WHERE ${this.#where(filter, parameters)} AND ${wanted}),
unpivoted AS (SELECT group_value, cluster${stratum === undefined ? '' : ', stratum'}, ${dialect.columnsAsRows(columns)} FROM chosen),
measured AS (SELECT group_value, cluster${stratum === undefined ? '' : ', stratum'}, CAST(column_name AS INT) AS measure, x FROM unpivoted)`;
  }

  #value(measure: Measure, parameters: Parameters): string {
    if (measure.kind === 'error') return "CAST(CASE WHEN status = 'ERROR' THEN 1 ELSE 0 END AS DOUBLE)";
    const column = `CAST(${this.dialect.identifier(measure.name)} AS DOUBLE)`;
    if (measure.kind === 'column') return `CASE WHEN ${this.dialect.isFinite(column)} THEN ${column} END`;
    const limit = `CAST(${parameters.add(measure.limit)} AS DOUBLE)`;
    return `CASE WHEN ${column} IS NOT NULL THEN CAST(CASE WHEN ${column} <= ${limit} THEN 1 ELSE 0 END AS DOUBLE) END`;
  }

  #where(filter: TraceFilter, parameters: Parameters): string {
    const { dialect } = this;
    const conditions = ['deleted_at_source IS NULL', `trace_origin = ${parameters.add(filter.origin)}`];
    if (filter.sourceId !== undefined) conditions.push(`source_id = ${parameters.add(filter.sourceId)}`);
    if (filter.experimentId !== undefined) conditions.push(`experiment_id = ${parameters.add(filter.experimentId)}`);
    if (filter.fromMs !== undefined) conditions.push(`start_time_ms >= ${parameters.add(filter.fromMs)}`);
    if (filter.toMs !== undefined) conditions.push(`start_time_ms < ${parameters.add(filter.toMs)}`);
    for (const { column, value } of filter.equals) {
      conditions.push(`${dialect.identifier(column)} = ${parameters.add(value)}`);
    }
    return conditions.join(' AND ');
  }
}

/** A trace without a session is one of its own. The length keeps ids of both kinds apart. */
const cluster = "CASE WHEN session_id IS NULL THEN concat('trace ', trace_id) ELSE concat('session ', session_id) END";
