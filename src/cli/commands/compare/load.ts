/** Asks the tables for a comparison. Prints nothing. */
import { comparePairs, type PairedComparison } from '../../../answers/compare-pairs.js';
import { compareGroups } from '../../../answers/compare-groups.js';
import {
  measuresOf,
  type ComparedMeasure,
  type ComparisonQuestion,
  type GroupComparison,
} from '../../../answers/comparison.js';
import type { TraceFilter, TraceGroup } from '../../../answers/questions.js';
import { nearestName } from '../../../config/nearest-name.js';
import { TraceliftError } from '../../../errors/index.js';
import type { PlaceFlags, TimeRange } from '../../options/flags.js';
import type { CliSession, TargetPlace } from '../../session.js';

/** Whose traces are compared. */
export const origins = ['app', 'evaluation', 'judge'] as const;

export interface CompareFlags extends PlaceFlags, TimeRange {
  readonly by?: string;
  readonly baseline?: string;
  readonly candidate?: string;
  readonly metric: readonly string[];
  readonly where: readonly string[];
  readonly experiment?: string;
  readonly origin: (typeof origins)[number];
  readonly margin?: number;
  readonly paired?: true;
}

/** Groups that are listed and compared; a column with more values tells no releases apart. */
const maxGroups = 1_000;
/** Text columns of gold beside the dimensions whose mix is looked at. */
const mixedColumns = ['trace_name', 'model'];
/** In this order, where nobody says what to compare by. */
const usualColumns = ['dim_release', 'dim_version', 'dim_app_version', 'dim_model', 'model'];

export interface CompareModel {
  readonly target: TargetPlace;
  /** Column of gold that tells the groups apart. */
  readonly column: string;
  /** True where it was not asked for. */
  readonly isChosen: boolean;
  /** In the order of their first trace. */
  readonly groups: readonly TraceGroup[];
  readonly hasMoreGroups: boolean;
  /** Null where there are no two groups. */
  readonly comparison: GroupComparison | null;
  /** Null unless pairs were asked for. */
  readonly pairs: readonly PairedComparison[] | null;
}

/** @throws NoTables, InvalidOption and the codes of the warehouse */
export async function load(session: CliSession, flags: CompareFlags): Promise<CompareModel> {
  session.requireTables(flags.target);
  const warehouse = await session.readTarget(flags.target);
  const gold = (await warehouse.describeTables()).find(({ role }) => role === 'gold')?.columns ?? [];
  const texts = gold.filter(({ type }) => type === 'STRING').map(({ name }) => name);
  const column = flags.by === undefined ? usualColumn(texts) : columnOf(flags.by, texts, '--by');
  const filter = filterOf(flags, texts);
  const groups = await warehouse.groups.traceGroups(filter, column, maxGroups + 1);
  const shown = { target: session.place(flags.target), column, isChosen: flags.by === undefined };
  const listed = { ...shown, groups: groups.slice(0, maxGroups), hasMoreGroups: groups.length > maxGroups };
  const split = splitOf(groups, flags);
  if (split === null) return { ...listed, comparison: null, pairs: null };
  const question: ComparisonQuestion = {
    filter,
    column,
    ...split,
    measures: wantedMeasures(
      gold.filter(({ name, type }) => name.startsWith('metric_') && type === 'DOUBLE').map(({ name }) => name),
      flags.metric,
    ),
    margin: flags.margin ?? null,
    strata: texts.filter((name) => name !== column && (name.startsWith('dim_') || mixedColumns.includes(name))),
  };
  return {
    ...listed,
    comparison: await compareGroups(warehouse.groups, question),
    pairs: flags.paired === true ? await comparePairs(warehouse.groups, question) : null,
  };
}

function usualColumn(texts: readonly string[]): string {
  const usual = usualColumns.find((name) => texts.includes(name));
  return usual ?? refuse('--by', 'it names what tells the groups apart', '--by model');
}

/** `dim:release` or the name of a column. @throws InvalidOption */
function columnOf(text: string, texts: readonly string[], option: string): string {
  const name = text.trim().toLowerCase().replace(/^dim:/, 'dim_');
  if (texts.includes(name)) return name;
  const meant = nearestName(name, texts);
  const dimensions = texts.filter((one) => one.startsWith('dim_')).map((one) => one.replace(/^dim_/, 'dim:'));
  const known =
    dimensions.length === 0
      ? 'there are no dimensions yet (TRACELIFT_DIMENSIONS)'
      : `dimensions are ${dimensions.join(', ')}`;
  return refuse(
    option,
    `gold has no text column ${text}${meant === null ? '' : `; did you mean ${meant}?`} (${known})`,
    `${option} model`,
  );
}

/** @throws InvalidOption */
function filterOf(flags: CompareFlags, texts: readonly string[]): TraceFilter {
  const equals = flags.where.map((text) => {
    const end = text.indexOf('=');
    if (end < 1) return refuse('--where', `"${text}" is no column=value`, '--where dim:env=prod');
    return { column: columnOf(text.slice(0, end), texts, '--where'), value: text.slice(end + 1) };
  });
  return {
    origin: flags.origin,
    equals,
    ...(flags.experiment === undefined ? {} : { experimentId: flags.experiment }),
    ...(flags.from === undefined ? {} : { fromMs: flags.from }),
    ...(flags.to === undefined ? {} : { toMs: flags.to }),
  };
}

/** The groups that were asked for, else the last two to appear; null where there are no two. @throws InvalidOption */
function splitOf(
  groups: readonly TraceGroup[],
  { baseline, candidate }: CompareFlags,
): { baseline: TraceGroup; candidate: TraceGroup } | null {
  const wanted =
    candidate === undefined
      ? groups.findLast(({ value }) => value !== baseline)
      : groupOf(groups, candidate, '--candidate');
  if (wanted === undefined) return null;
  const before = groups.slice(0, groups.indexOf(wanted)).at(-1) ?? groups.find((group) => group !== wanted);
  const other = baseline === undefined ? before : groupOf(groups, baseline, '--baseline');
  if (other === undefined) return null;
  if (other === wanted) refuse('--candidate', `it is the baseline, ${wanted.value}`, '--candidate r2');
  return { baseline: other, candidate: wanted };
}

function groupOf(groups: readonly TraceGroup[], value: string, option: string): TraceGroup {
  const found = groups.find((group) => group.value === value);
  if (found !== undefined) return found;
  const some = groups.slice(-5).map((group) => group.value);
  return refuse(
    option,
    `no trace has the value ${value}; ${some.length === 0 ? 'none has any' : `there are ${some.join(', ')}`}`,
    `${option} ${some.at(-1) ?? 'r2'}`,
  );
}

/** @throws InvalidOption for a metric that gold does not have */
function wantedMeasures(columns: readonly string[], wanted: readonly string[]): ComparedMeasure[] {
  const all = measuresOf(columns);
  if (wanted.length === 0) return all;
  return wanted.flatMap((text) => {
    const name = text.replace(/^metric_/, '');
    const found = all.filter((measure) => measure.name === name || measure.name.startsWith(`${name} `));
    if (found.length > 0) return found;
    const names = all.map((measure) => measure.name);
    const meant = nearestName(name, names);
    return refuse(
      '--metric',
      `there is no ${text}${meant === null ? '' : `; did you mean ${meant}?`} (${names.join(', ')})`,
      `--metric ${names[0] ?? 'error_rate'}`,
    );
  });
}

function refuse(option: string, problem: string, example: string): never {
  throw new TraceliftError('InvalidOption', { option, problem, example, command: 'compare' });
}
