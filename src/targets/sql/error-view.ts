/** The SELECT of genai_span_errors. Imports the dialect only. */
import type { Dialect } from './dialect.js';
import { experimentNames, withExperimentName } from './experiment-names.js';
import { prefixed, sameKey } from './fragments.js';
import { traceKeyNames } from '../../tables/staged-trace.js';

/** Tables that views read, as SQL writes them. */
export interface ViewedTables {
  readonly gold: string;
  readonly spans: string;
  readonly raw: string;
}

/** Only the spans of traces with a failed one are taken apart: raw holds every text. */
export function spanErrors(dialect: Dialect, { gold, spans, raw }: ViewedTables): string {
  const key = traceKeyNames.join(', ');
  const spanMembers = { span_id: 'STRING', status_message: 'STRING', events: 'STRING' } as const;
  const eventMembers = { name: 'STRING', attributes: 'STRING' } as const;
  const attribute = (name: string): string => dialect.jsonMember('x.attributes', name);
  return `WITH names AS (${experimentNames(gold)}),
failed AS (
  SELECT ${prefixed('s', [...traceKeyNames, 'span_id', 'name', 'kind', 'start_time'])}
  FROM ${spans} s JOIN ${gold} g ON ${sameKey('s', 'g')}
  WHERE s.status = 'ERROR' AND g.deleted_at_source IS NULL
),
texts AS (
  SELECT ${prefixed('t', traceKeyNames)}, ${dialect.unfoldJsonStructs('t.spans', spanMembers)} AS r
  FROM ${raw} t JOIN (SELECT DISTINCT ${key} FROM failed) f ON ${sameKey('t', 'f')}
),
told AS (
  SELECT ${key}, ${dialect.field('r', 'span_id')} AS span_id,
    max(${dialect.field('r', 'status_message')}) AS status_message, max(${dialect.field('r', 'events')}) AS events
  FROM texts GROUP BY ${key}, ${dialect.field('r', 'span_id')}
),
noted AS (
  SELECT ${key}, span_id, ${dialect.unfoldJsonStructs('events', eventMembers)} AS r FROM told
),
exceptions AS (
  SELECT ${key}, span_id, ${dialect.field('r', 'attributes')} AS attributes
  FROM noted WHERE ${dialect.field('r', 'name')} = 'exception'
)
SELECT f.source_id, f.experiment_id, n.experiment_name, f.trace_id, f.span_id, f.name, f.kind, f.start_time,
  t.status_message, ${attribute('exception.type')} AS exception_type,
  ${attribute('exception.message')} AS exception_message, ${attribute('exception.stacktrace')} AS exception_stack
FROM failed f
LEFT JOIN told t ON ${sameKey('t', 'f', [...traceKeyNames, 'span_id'])}
LEFT JOIN exceptions x ON ${sameKey('x', 'f', [...traceKeyNames, 'span_id'])}
${withExperimentName('f')}`;
}
