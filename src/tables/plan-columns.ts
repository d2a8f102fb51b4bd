/** Which metric and dimension columns a commit adds to gold. Pure. */
import type { ColumnType, DynamicColumn, ExistingColumn } from './table.js';
import { goldTracesTable } from './traces.js';

/** A column that staged values ask for. */
export interface WantedColumn {
  /** Full name, as the staged maps have it: `metric_…` or `dim_…`. */
  readonly name: string;
  readonly type: 'DOUBLE' | 'STRING';
}

/** `limit`: beyond the number of metric columns; `name`: no name for a column; `type`: exists with another type. */
type RefusalReason = 'limit' | 'name' | 'type';

interface RefusedColumn extends WantedColumn {
  readonly reason: RefusalReason;
}

/** A column and the staged keys that feed it: names that differ in case only are one column to SQL. */
export interface BoundColumn {
  readonly column: string;
  readonly type: 'DOUBLE' | 'STRING';
  /** Sorted; the first one with a value gives it. */
  readonly keys: readonly string[];
}

export interface ColumnPlan {
  /** To be added, sorted by name. */
  readonly add: readonly DynamicColumn[];
  /** Every dynamic column after that, sorted by name, also those that no staged value feeds: they become NULL. */
  readonly bound: readonly BoundColumn[];
  /** Sorted by name. Their values stay in the assessments table. */
  readonly refused: readonly RefusedColumn[];
}

/** Delta and DuckDB both take these without quoting rules of their own; Unity Catalog ends names at 255. */
const columnName = /^(?:metric|dim)_[a-z0-9_]{1,248}$/i;

/** True for the columns of gold that data named. */
const isDynamicColumn = (name: string): boolean => /^(?:metric|dim)_/i.test(name);

/** The columns of gold that data named, sorted by name; those of a type that tracelift never makes are somebody else's. */
export const dynamicColumnsIn = (gold: readonly ExistingColumn[]): DynamicColumn[] =>
  gold
    .flatMap(({ name, type, comment }) => (type !== null && isDynamicColumn(name) ? [{ name, type, comment }] : []))
    .sort((left, right) => compare(left.name, right.name));

/** True for the columns of metrics, labels and people's scores among them. */
export const isMetricColumn = (name: string): boolean => /^metric_/i.test(name);

/** Meaning of a dynamic column, for its comment. */
function dynamicColumnComment(name: string): string {
  if (!isMetricColumn(name)) return 'Dimension taken from a tag or from metadata of the trace';
  if (/_human_label$/i.test(name)) {
    return 'Quality metric as text, as given by people; see genai_metric_catalog for the raw names';
  }
  if (/_label$/i.test(name)) return 'Quality metric as text, by judges; see genai_metric_catalog for the raw names';
  if (/_human$/i.test(name)) return 'Quality metric as given by people; see genai_metric_catalog for the raw names';
  return 'Quality metric by judges and code; see genai_metric_catalog for the raw names';
}

/**
 * Plans the columns of one commit. Which new metrics come in below the limit follows from their names alone, so that
 * the same files always give the same columns. Dimensions are configured and do not count.
 *
 * @param existing dynamic columns of gold as they are
 * @param maxMetricColumns limit for `metric_…` columns, existing ones included
 */
export function planColumns(
  existing: readonly { readonly name: string; readonly type: ColumnType }[],
  wanted: readonly WantedColumn[],
  maxMetricColumns: number,
): ColumnPlan {
  const planned = new Map(existing.map((column) => [column.name.toLowerCase(), { ...column, keys: [] as string[] }]));
  let numMetrics = existing.filter(({ name }) => isMetricColumn(name)).length;
  const add: DynamicColumn[] = [];
  const refused: RefusedColumn[] = [];
  for (const want of [...wanted].sort(byNameAndType)) {
    const known = planned.get(want.name.toLowerCase());
    if (known !== undefined) {
      if (known.type === want.type) known.keys.push(want.name);
      else refused.push({ ...want, reason: 'type' });
      continue;
    }
    const reason = refusal(want.name, numMetrics >= maxMetricColumns);
    if (reason !== null) {
      refused.push({ ...want, reason });
      continue;
    }
    if (isMetricColumn(want.name)) numMetrics += 1;
    const name = want.name.toLowerCase();
    add.push({ name, type: want.type, comment: dynamicColumnComment(name) });
    planned.set(name, { name, type: want.type, keys: [want.name] });
  }
  return { add, bound: [...planned.values()].flatMap(bind).sort(byColumn), refused };
}

function refusal(name: string, isFull: boolean): RefusalReason | null {
  if (!columnName.test(name) || Object.hasOwn(goldTracesTable.columns, name.toLowerCase())) return 'name';
  return isFull && isMetricColumn(name) ? 'limit' : null;
}

/** Columns of other types are somebody else's: they are left alone. */
function bind({ name, type, keys }: { name: string; type: ColumnType; keys: string[] }): BoundColumn[] {
  return type === 'DOUBLE' || type === 'STRING' ? [{ column: name, type, keys: [...new Set(keys)] }] : [];
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
const byColumn = (left: BoundColumn, right: BoundColumn): number => compare(left.column, right.column);
const byNameAndType = (left: WantedColumn, right: WantedColumn): number =>
  compare(left.name, right.name) || compare(left.type, right.type);
