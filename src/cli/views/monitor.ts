/** Prints the quality monitor, its drift, and a rebuild. Loads nothing. */
import type { MonitorOutcome, RebuildResult } from '../../workflows/contract.js';
import type { DriftModel, MonitorModel, OutcomeModel } from '../commands/monitor/show.js';
import { monitorText } from '../terminal/receipt.js';
import { count, decimal, instant, pairs, plural, textTable, type Paint } from '../terminal/text.js';

export function monitorView({ target, status }: MonitorModel, paint: Paint): string {
  const state = status.state === 'active' ? paint.green(status.state) : paint.yellow(status.state);
  const rows: [string, string][] = [
    ['target', `${target.location} (${target.name})`],
    ['state', state],
    ['profile table', tableText(status.profileTable, status.profileRows)],
    ['drift table', tableText(status.driftTable, status.driftRows)],
    ['last refresh', instant(status.lastRefreshMs)],
  ];
  if (status.history !== undefined) rows.push(...historyRows(status.history));
  if (status.dashboardUrl !== null) rows.push(['dashboard', status.dashboardUrl]);
  if (status.failure !== null) rows.push(['failure', paint.red(status.failure)]);
  const hint = status.state === 'absent' ? `\n${paint.dim('Make it: tracelift monitor ensure')}` : '';
  return `${pairs(rows, paint)}${hint}`;
}

/** The profile of tracelift's own, where the monitor covers less than all history. */
function historyRows(history: MonitorModel['status']['history'] | null): [string, string][] {
  if (!history) return [['history', 'not computed yet']];
  return [
    ['history profile', tableText(history.profileTable, history.profileRows)],
    ['history drift', tableText(history.driftTable, history.driftRows)],
    ['history computed', instant(history.lastRefreshMs)],
  ];
}

function tableText(name: string | null, rows: number | null): string {
  if (name === null) return '-';
  return rows === null ? name : `${name}, ${plural(rows, 'row')}`;
}

export function monitorOutcomeView(model: OutcomeModel<MonitorOutcome>, paint: Paint): string {
  const { result, target } = model;
  const rows: [string, string][] = [
    ['target', `${target.location} (${target.name})`],
    ['monitor', monitorText(result)],
    ['profile table', result.profileTable ?? '-'],
    ['drift table', result.driftTable ?? '-'],
  ];
  if (result.dashboardUrl !== null) rows.push(['dashboard', result.dashboardUrl]);
  return pairs(rows, paint);
}

export function rebuildView(model: OutcomeModel<RebuildResult>, paint: Paint): string {
  const { traces, updated, batches } = model.result;
  return pairs(
    [
      ['target', `${model.target.location} (${model.target.name})`],
      ['traces', `${count(traces)} processed again, ${count(updated)} rows changed`],
      ['work', plural(batches, 'batch', 'batches')],
    ],
    paint,
  );
}

/** Meaning of the population stability index as commonly used. */
function strength(psi: number, paint: Paint): string {
  if (psi >= 0.2) return paint.red('strong');
  return psi >= 0.1 ? paint.yellow('some') : 'weak';
}

export function driftView(model: DriftModel, paint: Paint): string {
  if (model.highlights.length === 0) {
    return `No column changed beyond chance in the last windows of ${model.granularity}.`;
  }
  const head = ['column', 'window', 'compared with', 'change', 'PSI', 'KS', 'p', 'mean before', 'mean after', 'values'];
  const rows = model.highlights.map((one) => [
    one.columnName,
    instant(one.fromMs),
    instant(one.comparedFromMs),
    strength(one.psi, paint),
    decimal(one.psi),
    decimal(one.ksStatistic),
    decimal(one.ksPvalue),
    decimal(one.avgBefore),
    decimal(one.avgAfter),
    `${count(one.valuesBefore)} / ${count(one.valuesAfter)}`,
  ]);
  return textTable(head, rows, paint, [4, 5, 6, 7, 8, 9]);
}
