/** MERGE of the two tables with one row per trace: raw and gold. Imports the tables and the dialect only. */
import { type ColumnOrigin, goldColumnOrigins, rawColumnOrigins } from '../../tables/commit-rules.js';
import type { BoundColumn } from '../../tables/plan-columns.js';
import { traceKeyNames } from '../../tables/staged-trace.js';
import type { CommitRelations } from './commit-relations.js';
import type { Dialect } from './dialect.js';
import { prefixed, insertRow, mergeStatement, updateSet } from './fragments.js';

/** A column of the merge: its name as SQL writes it, where it comes from, and its value in the source. */
interface MergedColumn {
  readonly name: string;
  readonly origin: ColumnOrigin;
  readonly value: string;
}

type Assignment = readonly [name: string, sql: string];

/**
 * Which traces a merge of raw takes. `whole`: those whose info and spans come from one staged row, which then is read
 * once and needs no other; `mixed`: the others, of which a commit rarely has any; `all`: both.
 */
export type RawSelection = 'all' | 'whole' | 'mixed';

/**
 * Merges raw. Rows that raw already holds in this very version are left alone: after an interrupted commit, and when
 * a rebuild stages what it read from here.
 */
export function mergeRaw(target: string, relations: CommitRelations, selection: RawSelection = 'all'): string {
  const columns = columnsFrom('raw', rawColumnOrigins);
  const source =
    selection === 'whole'
      ? wholeQuery(relations.decisions, relations.stagedRaw)
      : sourceQuery(relations.decisions, relations.stagedRaw, columns, 'raw', selection === 'mixed');
  const isOther =
    't.observed_at <> s.observed_at OR t.source_hash <> s.source_hash OR t.span_state <> s.span_state ' +
    'OR coalesce(t.num_spans, -1) <> coalesce(s.num_spans, -1) ' +
    'OR t.spans_observed_at IS DISTINCT FROM s.spans_observed_at';
  return mergeParts(target, source, columns, nothingMore, isOther);
}

/** Merges gold, with one value for every dynamic column: a metric that the newer version lacks becomes NULL. */
export function mergeGold(
  target: string,
  relations: CommitRelations,
  dynamic: readonly BoundColumn[],
  dialect: Dialect,
): string {
  const columns: MergedColumn[] = [
    ...columnsFrom('gold', goldColumnOrigins),
    ...dynamic.map((column) => dynamicColumn(column, dialect)),
  ];
  const source = sourceQuery(relations.decisions, relations.staged, columns, 'gold');
  return mergeParts(target, source, columns, ofCommit, null);
}

/** What the commit itself writes: in every row, in those that take a newer info, in new ones. */
interface OwnColumns {
  readonly always: readonly Assignment[];
  readonly withInfo: readonly Assignment[];
  readonly whenNew: readonly Assignment[];
}

const nothingMore: OwnColumns = { always: [], withInfo: [], whenNew: [] };

/** A trace that was listed after it was found deleted is there again. */
const ofCommit: OwnColumns = {
  always: [['committed_at', 'current_timestamp']],
  withInfo: [['deleted_at_source', 'CASE WHEN t.deleted_at_source >= s.observed_at THEN t.deleted_at_source END']],
  whenNew: [['deleted_at_source', 'NULL']],
};

/** `i` is the staged row that gives the info, `p` the one that gives the spans. */
function columnsFrom(struct: 'raw' | 'gold', origins: Readonly<Record<string, ColumnOrigin>>): MergedColumn[] {
  return Object.entries(origins).map(([name, origin]) => {
    const info = `i.${struct}.${name}`;
    const spans = `p.${struct}.${name}`;
    if (origin === 'info' || origin === 'spans') return { name, origin, value: origin === 'info' ? info : spans };
    const both = origin === 'info-first' ? `coalesce(${info}, ${spans})` : `coalesce(${spans}, ${info})`;
    const value = `CASE WHEN d.takes_info AND d.takes_spans THEN ${both} WHEN d.takes_info THEN ${info} ELSE ${spans} END`;
    return { name, origin, value };
  });
}

function dynamicColumn({ column, type, keys }: BoundColumn, dialect: Dialect): MergedColumn {
  const map = type === 'DOUBLE' ? 'i.numbers' : 'i.texts';
  const values = keys.map((key) => dialect.mapValue(map, key));
  const value = values.length > 1 ? `coalesce(${values.join(', ')})` : (values[0] ?? 'NULL');
  return { name: dialect.identifier(column), origin: 'info', value };
}

const sourceColumns = (columns: readonly MergedColumn[]): string =>
  `${prefixed('d', traceKeyNames)}, d.takes_info, d.takes_spans,
  ${columns.map(({ name, value }) => `${value} AS ${name}`).join(',\n  ')}`;

function sourceQuery(
  decisions: string,
  staged: string,
  columns: readonly MergedColumn[],
  struct: string,
  isMixedOnly = false,
): string {
  return `SELECT ${sourceColumns(columns)}
FROM ${decisions} d
JOIN ${staged} i ON i.row_id = d.info_row
JOIN ${staged} p ON p.row_id = d.spans_row
WHERE (d.takes_info OR d.takes_spans)${isMixedOnly ? ` AND ${isMixed}` : ''}
ORDER BY i.${struct}.start_time, d.trace_id`;
}

const isMixed = 'd.info_row <> d.spans_row';

/** Unsorted: sorting would hold every text once more. */
function wholeQuery(decisions: string, staged: string): string {
  const columns = Object.entries(rawColumnOrigins).map(([name, origin]) => ({ name, origin, value: `i.raw.${name}` }));
  return `SELECT ${sourceColumns(columns)}
FROM ${staged} i
JOIN ${decisions} d ON i.row_id = d.info_row
WHERE (d.takes_info OR d.takes_spans) AND NOT (${isMixed})`;
}

/** One branch for each combination of parts; `isOther` narrows the one that replaces everything. */
function mergeParts(
  target: string,
  source: string,
  columns: readonly MergedColumn[],
  { always, withInfo, whenNew }: OwnColumns,
  isOther: string | null,
): string {
  const narrowed = isOther === null ? '' : ` AND (${isOther})`;
  const all = columns.map(({ name }): Assignment => [name, `s.${name}`]);
  const key = traceKeyNames.map((name): Assignment => [name, `s.${name}`]);
  return mergeStatement(target, source, traceKeyNames, [
    {
      when: `MATCHED AND s.takes_info AND s.takes_spans${narrowed}`,
      then: updateSet([...all, ...always, ...withInfo]),
    },
    {
      when: 'MATCHED AND s.takes_info AND NOT s.takes_spans',
      then: updateSet([...infoAlone(columns), ...always, ...withInfo]),
    },
    {
      when: 'MATCHED AND s.takes_spans AND NOT s.takes_info',
      then: updateSet([...spansAlone(columns), ...always]),
    },
    { when: 'NOT MATCHED', then: insertRow([...key, ...all, ...always, ...whenNew]) },
  ]);
}

const first = (name: string): string => `coalesce(s.${name}, t.${name})`;
const last = (name: string): string => `coalesce(t.${name}, s.${name})`;

/** The row keeps its spans: columns that are read from spans first keep their value. */
const infoAlone = (columns: readonly MergedColumn[]): Assignment[] =>
  columns.flatMap(({ name, origin }): Assignment[] => {
    if (origin === 'info') return [[name, `s.${name}`]];
    if (origin === 'info-first') return [[name, first(name)]];
    return origin === 'spans-first' ? [[name, last(name)]] : [];
  });

const spansAlone = (columns: readonly MergedColumn[]): Assignment[] =>
  columns.flatMap(({ name, origin }): Assignment[] => {
    if (origin === 'spans') return [[name, `s.${name}`]];
    if (origin === 'spans-first') return [[name, first(name)]];
    return origin === 'info-first' ? [[name, last(name)]] : [];
  });
