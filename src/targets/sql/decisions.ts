/**
 * Which staged rows win, and what they replace: the rules of tables/commit-rules as one query. Imports the tables
 * and the dialect only.
 */
import { infoOrder, spansOrder } from '../../tables/commit-rules.js';
import { traceKeyNames } from '../../tables/staged-trace.js';
import type { Dialect } from './dialect.js';
import { prefixed, copyNumber, sameKey, spanRank } from './fragments.js';

const descending = (name: string): string => `${name === 'span_state' ? 'span_rank' : name} DESC NULLS LAST`;

/**
 * One row per trace that the commit lands:
 * the trace key; `info_row`, `spans_row`: `row_id` of the staged rows that rank first for either part;
 * `info_observed_at`, `info_source_hash`, `info_process_version`: version of the former;
 * `is_new`: gold has no row; `takes_info`, `takes_spans`: that part replaces what gold has;
 * `newest_observed_at`: newest observation once the commit is through;
 * `spans_observed_at`: when the spans of `spans_row` were read.
 */
export function decisionsQuery(staged: string, gold: string, dialect: Dialect): string {
  const orderOf = (order: readonly string[]): string =>
    copyNumber(traceKeyNames, [...order.map(descending), 'row_id DESC']);
  return `
WITH landed AS (
  SELECT row_id, ${traceKeyNames.join(', ')}, gold.observed_at AS observed_at, gold.source_hash AS source_hash,
    gold.process_version AS process_version, gold.num_spans AS num_spans,
    gold.spans_observed_at AS spans_observed_at,
    ${spanRank('gold.span_state', dialect)} AS span_rank
  FROM ${staged} WHERE dead_letter IS NULL
),
ranked AS (
  SELECT landed.*, ${orderOf(infoOrder)} AS info_place, ${orderOf(spansOrder)} AS spans_place FROM landed
),
compared AS (
  SELECT ${prefixed('i', traceKeyNames)}, i.row_id AS info_row, p.row_id AS spans_row,
    i.observed_at AS info_observed_at, i.source_hash AS info_source_hash, i.process_version AS info_process_version,
    p.spans_observed_at AS spans_observed_at,
    g.observed_at AS gold_observed_at, g.trace_id IS NULL AS is_new,
    g.trace_id IS NULL OR ${infoIsNewer} AS takes_info,
    g.trace_id IS NULL OR ${spansAreNewer(dialect)} AS takes_spans
  FROM ranked i
  JOIN ranked p ON ${sameKey('p', 'i')} AND p.spans_place = 1
  LEFT JOIN ${gold} g ON ${sameKey('g', 'i')}
  WHERE i.info_place = 1
)
SELECT compared.*, CASE WHEN takes_info THEN info_observed_at ELSE gold_observed_at END AS newest_observed_at
FROM compared`;
}

const infoIsNewer = `i.observed_at > g.observed_at OR (i.observed_at = g.observed_at AND (
      i.source_hash > g.source_hash
      OR (i.source_hash = g.source_hash AND i.process_version <> g.process_version)))`;

const spansAreNewer = (dialect: Dialect): string => {
  const goldRank = spanRank('g.span_state', dialect);
  return `p.span_rank > ${goldRank} OR (p.span_rank = ${goldRank} AND (
      p.spans_observed_at > g.spans_observed_at
      OR (p.spans_observed_at = g.spans_observed_at AND (
        coalesce(p.num_spans, -1) > coalesce(g.num_spans, -1)
        OR (coalesce(p.num_spans, -1) = coalesce(g.num_spans, -1) AND (p.observed_at > g.observed_at
          OR (p.observed_at = g.observed_at AND (
            p.source_hash > g.source_hash
            OR (p.source_hash = g.source_hash AND p.process_version <> g.process_version)))))))))`;
};

/** True for staged elements of the observation that a trace shows from now on. `x`: elements, `d`: decisions. */
export const isOfShownInfo =
  'd.takes_info AND x.observed_at = d.info_observed_at AND x.source_hash = d.info_source_hash ' +
  'AND x.process_version = d.info_process_version';
