/** The SELECT of genai_metrics_long. Imports the definitions and the dialect only. */
import type { DynamicColumn } from '../../tables/table.js';
import type { Dialect } from './dialect.js';
import { experimentNames, withExperimentName } from './experiment-names.js';

const key = 'source_id, experiment_id, trace_id, start_time';

/** Members of gold's `feedback_values`, as processing writes them. */
const members = {
  metric: 'STRING',
  raw_name: 'STRING',
  value: 'DOUBLE',
  label: 'STRING',
  is_counted: 'BOOLEAN',
  is_newest: 'BOOLEAN',
  is_error: 'BOOLEAN',
  source_type: 'STRING',
  source_name: 'STRING',
  span_id: 'STRING',
  assessment_id: 'STRING',
  judged_at_ms: 'BIGINT',
} as const;
const names = Object.keys(members) as (keyof typeof members)[];

/**
 * The values of `feedback_values`. Rows of gold that were written before that column existed show what their metric
 * columns say, until they are made anew.
 */
export function metricsLong(dialect: Dialect, gold: string, dynamic: readonly DynamicColumn[]): string {
  const told = names.map((name) => `${dialect.field('r', name)} AS ${name}`).join(', ');
  const numbers = dynamic.filter(({ name, type }) => type === 'DOUBLE' && /^metric_/i.test(name));
  const older = numbers.length === 0 ? '' : `\n  UNION ALL\n  ${columnValues(dialect, gold, numbers)}`;
  const judgedAt = dialect.timestampOfMicros('v.judged_at_ms * 1000');
  const shown = names.map((name) => (name === 'judged_at_ms' ? `${judgedAt} AS judged_at` : `v.${name}`));
  return `WITH names AS (${experimentNames(gold)}),
unfolded AS (
  SELECT ${key}, ${dialect.unfoldJsonStructs('feedback_values', members)} AS r
  FROM ${gold} WHERE deleted_at_source IS NULL
),
given AS (
  SELECT ${key}, ${told} FROM unfolded${older}
)
SELECT v.source_id, v.experiment_id, n.experiment_name, v.trace_id, v.start_time, ${shown.join(', ')}
FROM given v ${withExperimentName('v')}`;
}

/** Each gold row is read once, whatever the number of metrics. */
function columnValues(dialect: Dialect, gold: string, numbers: readonly DynamicColumn[]): string {
  const isHuman = `right(column_name, 6) = '_human'`;
  const unknown = (type: 'STRING' | 'BIGINT'): string => `CAST(NULL AS ${dialect.type(type)})`;
  const value: Record<keyof typeof members, string> = {
    metric: `CASE WHEN ${isHuman} THEN left(column_name, length(column_name) - 6) ELSE column_name END`,
    raw_name: unknown('STRING'),
    value: 'x',
    label: unknown('STRING'),
    is_counted: 'TRUE',
    is_newest: 'TRUE',
    is_error: 'FALSE',
    source_type: `CASE WHEN ${isHuman} THEN 'HUMAN' END`,
    source_name: unknown('STRING'),
    span_id: unknown('STRING'),
    assessment_id: unknown('STRING'),
    judged_at_ms: unknown('BIGINT'),
  };
  const cells = numbers.map(({ name }) => ({
    name: name.replace(/^metric_/i, '').toLowerCase(),
    dataType: 'double',
    sql: dialect.identifier(name),
  }));
  return `SELECT ${key}, ${names.map((name) => `${value[name]} AS ${name}`).join(', ')}
  FROM (
    SELECT ${key}, ${dialect.columnsAsRows(cells)}
    FROM ${gold} WHERE deleted_at_source IS NULL AND feedback_values IS NULL
  ) cells
  WHERE x IS NOT NULL`;
}
