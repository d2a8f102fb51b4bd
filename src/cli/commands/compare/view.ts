/** Prints a comparison: the groups, a table of measures, what to be careful with, and one sentence. Loads nothing. */
import type { PairedComparison } from '../../../answers/compare-pairs.js';
import type { GroupComparison, GroupValue, MeasureComparison } from '../../../answers/comparison.js';
import type { TraceGroup } from '../../../answers/questions.js';
import { count, instant, plural, textTable, type Paint } from '../../terminal/text.js';
import type { CompareModel } from './load.js';

/** Groups shown before the table; the last ones are those that people ask for. */
const maxShownGroups = 8;

export function view(model: CompareModel, paint: Paint): string {
  const parts = [groupTable(model, paint)];
  const { comparison, pairs } = model;
  if (comparison === null) {
    parts.push(paint.yellow(`There are no two values of ${model.column} to compare.`));
    return parts.join('\n\n');
  }
  parts.push(measureTable(comparison, paint));
  if (pairs !== null) parts.push(pairTable(pairs, paint));
  const warnings = warningLines(comparison);
  if (warnings.length > 0) parts.push([paint.yellow('Careful:'), ...warnings.map((one) => `  ${one}`)].join('\n'));
  parts.push(sentences(comparison, paint).join('\n'));
  return parts.join('\n\n');
}

/** The same words about several measures stand once. */
function warningLines({ measures }: GroupComparison): string[] {
  const namesOf = new Map<string, string[]>();
  for (const { name, warnings } of measures) {
    for (const warning of warnings) namesOf.set(warning, [...(namesOf.get(warning) ?? []), name]);
  }
  return [...namesOf].map(([warning, names]) => {
    const about = names.length === measures.length && names.length > 1 ? 'all measures' : names.join(', ');
    return `${about}: ${warning}`;
  });
}

function groupTable({ column, isChosen, groups, hasMoreGroups }: CompareModel, paint: Paint): string {
  const shown = groups.slice(-maxShownGroups);
  const left = groups.length - shown.length;
  const rows = shown.map((group) => [
    group.value,
    instant(group.firstStartMs),
    instant(group.lastStartMs),
    count(group.numTraces),
    count(group.numSessions),
  ]);
  const table = textTable([column, 'first trace', 'last trace', 'traces', 'sessions'], rows, paint, [3, 4]);
  const notes = [
    ...(isChosen ? [`Compared by ${column}; --by chooses another column.`] : []),
    ...(left > 0 || hasMoreGroups
      ? [`${hasMoreGroups ? 'More than ' : ''}${plural(left, 'earlier value')} not shown.`]
      : []),
    ...noteOnSessions(groups),
  ];
  return [table, ...notes.map((note) => paint.dim(note))].join('\n');
}

function noteOnSessions(groups: readonly TraceGroup[]): string[] {
  const without = groups.reduce((sum, group) => sum + group.numTracesWithoutSession, 0);
  const all = groups.reduce((sum, group) => sum + group.numTraces, 0);
  if (without === 0) return [];
  return [
    without === all
      ? 'No trace has a session: each counts as one of its own.'
      : `${plural(without, 'trace')} without a session: each counts as one of its own.`,
  ];
}

function measureTable({ baseline, candidate, measures }: GroupComparison, paint: Paint): string {
  const rows = measures.map((measure) => [
    measure.name,
    valueText(measure.baseline),
    valueText(measure.candidate),
    signed(measure.change),
    measure.changePercent === null ? '-' : `${signed(measure.changePercent, 3)} %`,
    measure.interval === null ? '-' : `${signed(measure.interval.low)} to ${signed(measure.interval.high)}`,
    measure.qvalue === null ? '-' : probability(measure.qvalue),
    `${count(measure.baseline.numValues)} / ${count(measure.candidate.numValues)}`,
    verdictText(measure, paint),
  ]);
  const head = ['measure', baseline.value, candidate.value, 'change', '', '95 % interval', 'q', 'traces', 'verdict'];
  return textTable(head, rows, paint, [1, 2, 3, 4, 5, 6, 7]);
}

function pairTable(pairs: readonly PairedComparison[], paint: Paint): string {
  const rows = pairs.map((pair) => [
    pair.name,
    count(pair.numPairs),
    signed(pair.change),
    pair.interval === null ? '-' : `${signed(pair.interval.low)} to ${signed(pair.interval.high)}`,
    pair.test === null ? 'too few pairs' : probability(pair.test.pvalue),
    pair.test?.method ?? '-',
  ]);
  const table = textTable(
    ['same questions', 'pairs', 'change', '95 % interval', 'p', 'test'],
    rows,
    paint,
    [1, 2, 3, 4],
  );
  return `${table}\n${paint.dim('p is not corrected for the number of measures.')}`;
}

/** Nobody waits for more than so many times the sessions that are there. */
const reachableFactor = 20;

function verdictText({ verdict, sessionsToDecide, baseline, candidate }: MeasureComparison, paint: Paint): string {
  if (verdict === 'better' || verdict === 'not worse') return paint.green(verdict);
  if (verdict === 'worse') return paint.red(verdict);
  if (verdict !== 'undecided') return paint.cyan(verdict);
  const reachable = reachableFactor * Math.min(baseline.numSessions, candidate.numSessions);
  const more =
    sessionsToDecide === null || sessionsToDecide > reachable
      ? ''
      : ` (about ${count(sessionsToDecide)} sessions each would decide)`;
  return paint.dim(`undecided${more}`);
}

/** One sentence for each measure that surely changed. */
function sentences({ baseline, candidate, measures }: GroupComparison, paint: Paint): string[] {
  const sure = measures.filter(({ verdict }) => ['better', 'worse', 'higher', 'lower'].includes(verdict));
  if (sure.length === 0) return [paint.bold(`No measure surely changed from ${baseline.value} to ${candidate.value}.`)];
  return sure.map(({ name, baseline: before, candidate: after, change, interval }) => {
    const verb = (change ?? 0) < 0 ? 'fell' : 'rose';
    const range = interval === null ? '' : `, 95 % interval ${signed(interval.low)} to ${signed(interval.high)}`;
    const traces = before.numValues + after.numValues;
    return paint.bold(
      `${name} ${verb} from ${valueText(before)} to ${valueText(after)} (${count(traces)} traces${range}).`,
    );
  });
}

const valueText = ({ value }: GroupValue): string => (value === null ? '-' : rounded(value));

function rounded(value: number, digits = 4): string {
  return Math.abs(value) >= 10 ** digits ? count(Math.round(value)) : String(Number(value.toPrecision(digits)));
}

function signed(value: number | null, digits = 4): string {
  if (value === null || !Number.isFinite(value)) return '-';
  return value > 0 ? `+${rounded(value, digits)}` : rounded(value, digits);
}

const probability = (value: number): string => (value < 0.001 ? '< 0.001' : value.toFixed(3));
