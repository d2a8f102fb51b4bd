/** Prints a reconciliation: a line for each window, the total, what to do next. Loads nothing. */
import type { ReconciledWindow, ReconcileTotals } from '../../../copy/reconcile/report.js';
import type { ReconcileModel } from './load.js';
import { beyondEndRows, rangeText } from '../../terminal/range.js';
import { count, instant, pairs, plural, textTable, type Paint } from '../../terminal/text.js';

const columns = ['verdict', 'from', 'to', 'listed', 'counted', 'landed', 'dead', 'missing', 'moving', 'extra'] as const;
const spanColumns = ['spans at source', 'in tables'] as const;

export function view(model: ReconcileModel, paint: Paint): string {
  const { experiment, source, tables, totals } = model;
  const head = `${verdict(totals, paint)}  ${experiment.name} (experiment ${experiment.experimentId}, ${source.sourceId})`;
  const parts = [`${head}\n${facts(model, paint)}`];
  if (model.windows.length > 0) parts.push(windowTable(model.windows, totals, paint));
  const troubles = model.windows.flatMap((window) => namedIds(window));
  if (troubles.length > 0) parts.push(troubles.join('\n'));
  const steps = nextSteps(model);
  if (steps.length > 0) parts.push(steps.map((step) => paint.yellow(step)).join('\n'));
  if (tables.copiedAtMs !== null) {
    parts.push(
      paint.dim(
        'Another process holds the tables, so this compares with their read copy, which the end of every run replaces.',
      ),
    );
  }
  return parts.join('\n\n');
}

function verdict(totals: ReconcileTotals, paint: Paint): string {
  if (totals.missing > 0) return paint.red(`${count(totals.missing)} missing`);
  if (totals.suspicious > 0) return paint.red(`${plural(totals.suspicious, 'window')} suspicious`);
  if (totals.missingSpans > 0) return paint.red(`${plural(totals.missingSpans, 'span')} missing`);
  if (totals.unexplainedSpans > 0) return paint.red(`${plural(totals.unexplainedSpans, 'span')} not in the tables`);
  return totals.moving > 0 ? paint.cyan(`none missing, ${count(totals.moving)} moving`) : paint.green('complete');
}

function facts(model: ReconcileModel, paint: Paint): string {
  const { fromMs, toMs, source, tables, totals, repair } = model;
  const copied = tables.copiedAtMs === null ? '' : `, read copy of ${instant(Math.round(tables.copiedAtMs))}`;
  const rows: [string, string][] = [
    ['range', fromMs < toMs ? rangeText(fromMs, toMs, model.askedToMs) : 'neither side has a trace'],
    ...beyondEndRows(model.beyondEnd, paint),
    ['source', source.address],
    ['tables', `${tables.location} (target ${tables.target}${copied})`],
    ['source counts', `${count(totals.countedTraces)} traces, ${count(totals.countedSpans)} spans`],
    [
      'tables hold',
      `${count(totals.landed)} of ${count(totals.listed)} listed traces, ${count(totals.landedSpans)} spans`,
    ],
  ];
  if (totals.unsettled > 0)
    rows.push(['unsettled', `${plural(totals.unsettled, 'trace')} whose spans are not complete`]);
  const marked = (repair?.before.totals.marked ?? 0) + totals.marked;
  if (marked > 0) {
    rows.push(['deleted', `${plural(marked, 'trace')} marked (deleted_at_source): the source no longer has them`]);
  }
  if (repair !== null) {
    const { totals: before } = repair.before;
    const landed = repair.runs.reduce((sum, run) => sum + run.totals.inserted + run.totals.updated, 0);
    rows.push([
      'repair',
      `${count(before.missing)} missing, ${count(before.moving)} moving and ${plural(before.missingSpans, 'span')} missing before; ${plural(repair.runs.length, 'run')} wrote ${plural(landed, 'trace')}`,
    ]);
  }
  return pairs(rows, paint);
}

function windowTable(windows: readonly ReconciledWindow[], totals: ReconcileTotals, paint: Paint): string {
  const rows = windows.map((window) => [
    stateWord(window.state, paint),
    instant(window.fromMs),
    instant(window.toMs),
    ...counts(window, paint),
  ]);
  const sum = [paint.bold('total'), '', '', ...counts(totals, paint)];
  const right = [...columns, ...spanColumns].map((_name, index) => index).slice(3);
  return textTable([...columns, ...spanColumns], [...rows, sum], paint, right);
}

type Counts = Pick<
  ReconcileTotals,
  | 'listed'
  | 'countedTraces'
  | 'landed'
  | 'deadLettered'
  | 'missing'
  | 'moving'
  | 'extra'
  | 'countedSpans'
  | 'landedSpans'
>;

function counts(of: Counts, paint: Paint): string[] {
  const alarming = (value: number): string => (value > 0 ? paint.red(count(value)) : count(value));
  const differ = of.countedSpans !== null && of.countedSpans !== of.landedSpans;
  return [
    count(of.listed),
    of.countedTraces !== null && of.countedTraces !== of.listed
      ? paint.red(count(of.countedTraces))
      : count(of.countedTraces),
    count(of.landed),
    count(of.deadLettered),
    alarming(of.missing),
    count(of.moving),
    count(of.extra),
    count(of.countedSpans),
    differ ? paint.yellow(count(of.landedSpans)) : count(of.landedSpans),
  ];
}

function stateWord(state: string, paint: Paint): string {
  if (state === 'complete') return paint.green(state);
  return state === 'moving' ? paint.cyan(state) : paint.red(state);
}

function namedIds(window: ReconciledWindow): string[] {
  const kinds: [string, number, readonly string[]][] = [
    ['missing', window.missing, window.missingIds],
    ['moving', window.moving, window.movingIds],
    ['extra', window.extra, window.extraIds],
    ['other spans', window.spans?.differing ?? 0, window.spans?.differingIds ?? []],
  ];
  return kinds
    .filter(([, number]) => number > 0)
    .map(([kind, number, ids]) => {
      const more = number > ids.length ? ` and ${count(number - ids.length)} more` : '';
      return `${kind} from ${instant(window.fromMs)}: ${ids.join(', ')}${more}`;
    });
}

function nextSteps(model: ReconcileModel): string[] {
  const { totals, repair, experiment } = model;
  const command = `tracelift reconcile --experiment ${experiment.experimentId}`;
  const steps = repair === null ? repairSteps(totals, command) : [];
  if (totals.suspicious > 0) {
    steps.push(
      `Suspicious: the source lists much less than is landed, or counts another number. Is it the same server? Where the traces were deleted on purpose, \`${command} --accept-deletions\` looks them up by id and marks them.`,
    );
  }
  return [...steps, ...spanSteps(model, command)];
}

/** What a repair would do. */
function repairSteps({ missing, moving, extra, marked, missingSpans }: ReconcileTotals, command: string): string[] {
  const steps: string[] = [];
  if (missing + moving > 0) steps.push(`\`${command} --repair\` fetches the difference.`);
  if (extra > marked) {
    steps.push(`\`${command} --repair\` marks what the source no longer has (deleted_at_source); views leave it out.`);
  }
  if (missingSpans > 0) steps.push(`\`${command} --deep --repair\` reads the spans of these traces again.`);
  return steps;
}

function spanSteps({ totals, windows }: ReconcileModel, command: string): string[] {
  const steps: string[] = [];
  const areCompared = windows.some(({ spans }) => spans !== null);
  if (totals.unexplainedSpans > 0 && areCompared) {
    steps.push('The source counts spans that it does not serve. Open one of these traces in MLflow.');
  }
  const differ = totals.countedSpans !== null && totals.countedSpans !== totals.landedSpans;
  if (differ && totals.missing === 0 && !areCompared) {
    steps.push(`The numbers of spans differ: \`${command} --deep\` reads them again and names the traces.`);
  }
  return steps;
}
