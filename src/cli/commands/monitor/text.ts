/** Pieces of text that the monitor commands share. Pure. */
import type { MonitorStatus } from '../../../monitor/quality-monitor.js';
import type { TargetPlace } from '../../session.js';
import type { FinishedRun } from '../../temporal/run-to-end.js';
import { monitorText } from '../../receipt.js';
import { instant, pairs, plural, type Paint } from '../../terminal/text.js';

/** What a run left of the monitor. */
export function monitorRunText(model: FinishedRun<'ensureMonitor'>, paint: Paint): string {
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

export interface MonitorModel {
  readonly target: TargetPlace;
  readonly status: MonitorStatus;
}

/** Its state and its tables. */
export function monitorStatusText({ target, status }: MonitorModel, paint: Paint): string {
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
  if (!history) return [['profile over all history', 'not computed yet']];
  return [
    ['profile over all history', tableText(history.profileTable, history.profileRows)],
    ['drift over all history', tableText(history.driftTable, history.driftRows)],
    ['all history refreshed', instant(history.lastRefreshMs)],
  ];
}

function tableText(name: string | null, rows: number | null): string {
  if (name === null) return '-';
  return rows === null ? name : `${name}, ${plural(rows, 'row')}`;
}
