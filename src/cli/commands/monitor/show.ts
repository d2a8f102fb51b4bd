/** `tracelift monitor show`: the state of the quality monitor and its tables. */
import type { Command } from 'commander';
import type { MonitorStatus } from '../../../monitor/quality-monitor.js';
import type { CommandContext } from '../../context.js';
import { targetOption, withExamples, withJson, type PlaceFlags } from '../../options/flags.js';
import type { CliSession, TargetPlace } from '../../session.js';
import { print } from '../../terminal/output.js';
import { instant, pairs, plural, type Paint } from '../../terminal/text.js';

export function options(group: Command, context: CommandContext): void {
  const command = withJson(
    group
      .command('show')
      .summary('its state and its tables')
      .option(...targetOption),
  ).action(async (flags: PlaceFlags) => {
    print(context.io, flags, await load(await context.session(), flags), view);
  });
  withExamples(command, 'tracelift monitor show');
}

export interface MonitorModel {
  readonly target: TargetPlace;
  readonly status: MonitorStatus;
}

/** @throws NoTables and the codes of the monitor */
export async function load(session: CliSession, { target }: PlaceFlags): Promise<MonitorModel> {
  session.requireTables(target);
  const { monitor } = await session.readMonitor(target);
  return { target: session.place(target), status: await monitor.show() };
}

export function view({ target, status }: MonitorModel, paint: Paint): string {
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
