/**
 * MERGE of assessments and of the metric catalogue. Imports the tables and the dialect only.
 *
 * Every version that any observation showed is kept. Which ones are current is a matter of the newest observation
 * alone, so it is set by a statement of its own, from what the table then holds.
 */
import { stagedTraceSchema, traceKeyNames } from '../../tables/staged-trace.js';
import { assessmentsTable } from '../../tables/quality.js';
import { isOfShownInfo } from './decisions.js';
import type { CommitRelations } from './commit-relations.js';
import type { Dialect } from './dialect.js';
import { prefixed, copyNumber, insertRow, mergeStatement, sameKey, updateSet } from './fragments.js';

const { key } = assessmentsTable;
const idOfTrace = [...traceKeyNames, 'assessment_id'];
const content = [
  ...Object.keys(stagedTraceSchema.assessments.fields).filter((name) => !key.includes(name)),
  'observed_at',
];

/**
 * Adds versions that were not known and brings known ones up to date: from the observation that now counts always,
 * from others only where they saw the version later than it was seen before.
 */
export function mergeAssessmentVersions(target: string, relations: CommitRelations): string {
  const source = `
WITH numbered AS (
  SELECT x.*, (${isOfShownInfo}) AS is_shown, ${copyNumber(
    key.map((name) => `x.${name}`),
    ['x.observed_at DESC', 'x.source_hash DESC', 'x.process_version DESC', 'x.position'],
  )} AS copy
  FROM ${relations.elements('assessments')} x JOIN ${relations.decisions} d ON ${sameKey('x', 'd')}
  WHERE x.assessment_id IS NOT NULL AND x.last_update_time_ms IS NOT NULL
)
SELECT ${[...key, ...content].join(', ')}, is_shown FROM numbered WHERE copy = 1`;
  const assignments = (names: readonly string[]) => names.map((name) => [name, `s.${name}`] as const);
  return mergeStatement(target, source, key, [
    { when: 'MATCHED AND (s.is_shown OR s.observed_at > t.observed_at)', then: updateSet(assignments(content)) },
    {
      when: 'NOT MATCHED',
      then: insertRow([...assignments([...key, ...content]), ['is_current', 's.is_shown'], ['deleted_at', 'NULL']]),
    },
  ]);
}

/**
 * Sets `is_current` and `deleted_at` of all versions of the traces in the commit. A version is current when the newest
 * observation showed it; an id is deleted when that observation lacks it, since the first one known to lack it.
 */
export function mergeAssessmentCurrency(target: string, relations: CommitRelations): string {
  const source = `
WITH shown AS (
  SELECT DISTINCT ${prefixed('x', key)}
  FROM ${relations.elements('assessments')} x JOIN ${relations.decisions} d ON ${sameKey('x', 'd')}
  WHERE ${isOfShownInfo}
),
present AS (
  SELECT ${idOfTrace.join(', ')} FROM shown
  UNION
  SELECT ${prefixed('c', idOfTrace)} FROM ${target} c JOIN ${relations.decisions} d ON ${sameKey('c', 'd')}
  WHERE c.is_current AND NOT d.takes_info
)
SELECT ${prefixed('o', key)},
  CASE WHEN d.takes_info THEN v.trace_id IS NOT NULL ELSE o.is_current END AS is_current,
  CASE WHEN p.trace_id IS NOT NULL THEN NULL
    WHEN o.deleted_at >= o.observed_at THEN o.deleted_at
    ELSE d.newest_observed_at END AS deleted_at
FROM ${target} o JOIN ${relations.decisions} d ON ${sameKey('o', 'd')}
LEFT JOIN shown v ON ${sameKey('o', 'v', key)}
LEFT JOIN present p ON ${sameKey('o', 'p', idOfTrace)}`;
  return mergeStatement(target, source, key, [
    {
      when: 'MATCHED AND (t.is_current <> s.is_current OR t.deleted_at IS DISTINCT FROM s.deleted_at)',
      then: updateSet([
        ['is_current', 's.is_current'],
        ['deleted_at', 's.deleted_at'],
      ]),
    },
  ]);
}

/** Adds names that now feed a metric column; scale and source types only ever grow. */
export function mergeCatalog(target: string, relations: CommitRelations, dialect: Dialect): string {
  const source = `
WITH seen AS (
  SELECT column_name, raw_name, source_type, scale FROM ${relations.elements('metrics')}
),
scales AS (
  SELECT column_name, raw_name, CASE WHEN min(scale) = max(scale) THEN min(scale) ELSE 'mixed' END AS scale
  FROM (
    SELECT column_name, raw_name, scale FROM seen
    UNION ALL SELECT column_name, raw_name, scale FROM ${target}
  ) united GROUP BY column_name, raw_name
),
types AS (
  SELECT column_name, raw_name, ${dialect.sortedJsonTexts('source_type')} AS source_types
  FROM (
    SELECT column_name, raw_name, source_type FROM seen
    UNION ALL SELECT column_name, raw_name, source_type FROM ${dialect.catalogSourceTypes(target)} known
  ) united GROUP BY column_name, raw_name
)
SELECT c.column_name, c.raw_name, c.scale, y.source_types
FROM scales c JOIN types y ON c.column_name = y.column_name AND c.raw_name = y.raw_name`;
  return mergeStatement(
    target,
    source,
    ['column_name', 'raw_name'],
    [
      {
        when: 'MATCHED AND (t.scale <> s.scale OR t.source_types <> s.source_types)',
        then: updateSet([
          ['scale', 's.scale'],
          ['source_types', 's.source_types'],
        ]),
      },
      {
        when: 'NOT MATCHED',
        then: insertRow([
          ['column_name', 's.column_name'],
          ['raw_name', 's.raw_name'],
          ['scale', 's.scale'],
          ['source_types', 's.source_types'],
          ['first_seen_at', 'current_timestamp'],
        ]),
      },
    ],
  );
}
