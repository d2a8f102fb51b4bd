/** `tracelift schedule pause`, `resume`, `trigger` and `delete`. Runs that are under way are left alone by all of them. */
import type { ScheduleHandle } from '@temporalio/client';
import type { Command } from 'commander';
import { setTimeout as pause } from 'node:timers/promises';
import type { CommandContext } from '../../context.js';
import { withExamples } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import type { ScheduleState } from '../../temporal/schedules.js';
import type { TemporalServer } from '../../temporal/server.js';
import { print } from '../../terminal/output.js';
import { instant, type Paint } from '../../terminal/text.js';
import { scheduleChoice, withChoice, type ChoiceFlags } from './choice.js';
import type { ScheduleChoice, SchedulesModel } from './server.js';
import { workerWarning } from './text.js';

export type ScheduleAction = 'pause' | 'resume' | 'trigger' | 'delete';

const summaries: Readonly<Record<ScheduleAction, string>> = {
  pause: 'start no further runs; a run in progress goes on',
  resume: 'go on after a pause; the next run copies what the pause left out',
  trigger: 'start a run now, or right after the one in progress',
  delete: 'remove them; runs and tables stay',
};

export function options(group: Command, context: CommandContext): void {
  for (const action of ['pause', 'resume', 'trigger', 'delete'] as const) {
    const command = withChoice(group.command(action).summary(summaries[action]));
    if (action === 'pause' || action === 'resume') command.option('--note <text>', 'why, shown by describe');
    command.action(async (ids: string[], flags: ChoiceFlags) => {
      const choice = scheduleChoice(ids, flags, `schedule ${action}`);
      print(context.io, flags, await load(await context.session(), action, choice, flags.note), view);
    });
    withExamples(command, `tracelift schedule ${action} --experiment 1`);
  }
}

export interface ActionModel extends SchedulesModel {
  readonly action: ScheduleAction;
  /** By schedule id: workflows that the trigger started. Empty where the run waits for the one under way. */
  readonly started: Readonly<Record<string, readonly string[]>>;
}

/**
 * Pauses, resumes, starts now, or removes schedules.
 * @throws ScheduleNeedsServer, TemporalUnreachable, ScheduleNotFound, ExperimentNotFound
 */
export async function load(
  session: CliSession,
  action: ScheduleAction,
  choice: ScheduleChoice,
  note?: string,
): Promise<ActionModel> {
  const { chosen, requireTemporal, schedulePlace } = await import('./server.js');
  const { describeSchedule, withHandle } = await import('../../temporal/schedules.js');
  const temporal = await requireTemporal(session);
  const before = await chosen(session, temporal, choice);
  const schedules: ScheduleState[] = [];
  const started: Record<string, readonly string[]> = {};
  for (const schedule of before) {
    if (action === 'trigger') started[schedule.id] = await trigger(temporal, schedule);
    else await withHandle(temporal.client.schedule, schedule.id, (handle) => act(handle, action, note));
    schedules.push(action === 'delete' ? schedule : await describeSchedule(temporal.client.schedule, schedule.id));
  }
  return { action, server: await schedulePlace(session, temporal), schedules, started };
}

async function act(handle: ScheduleHandle, action: Exclude<ScheduleAction, 'trigger'>, note?: string): Promise<void> {
  if (action === 'pause') await handle.pause(note ?? 'paused by tracelift schedule pause');
  else if (action === 'resume') await handle.unpause(note ?? 'resumed by tracelift schedule resume');
  else await handle.delete();
}

/** A busy server notes what a schedule started a little later; the wait ends when it has. */
const triggerWaitMs = 15_000;
const triggerPollMs = 100;

/** One run now, or right after the one under way. Returns the workflows that were started. */
async function trigger(temporal: TemporalServer, before: ScheduleState): Promise<string[]> {
  const { describeSchedule, withHandle } = await import('../../temporal/schedules.js');
  const { schedule } = temporal.client;
  const known = new Set(before.recentRuns.map((run) => run.workflowId));
  await withHandle(schedule, before.id, (handle) => handle.trigger('BUFFER_ONE'));
  if (before.running.length > 0) return [];
  for (let waitedMs = 0; waitedMs < triggerWaitMs; waitedMs += triggerPollMs) {
    const { recentRuns } = await describeSchedule(schedule, before.id);
    const fresh = recentRuns.map((run) => run.workflowId).filter((id) => !known.has(id));
    if (fresh.length > 0) return fresh;
    await pause(triggerPollMs);
  }
  return [];
}

const done: Readonly<Record<ScheduleAction, string>> = {
  pause: 'paused',
  resume: 'resumed',
  trigger: 'triggered',
  delete: 'deleted',
};

/** One line for each schedule that was changed. */
export function view(model: ActionModel, paint: Paint): string {
  const lines = model.schedules.map((one) => `${paint.green(done[model.action])}  ${one.id}${afterwards(model, one)}`);
  return [...lines, ...workerWarning(model.server, paint)].join('\n');
}

function afterwards({ action, started }: ActionModel, one: ScheduleState): string {
  if (action === 'resume') return `, next run ${instant(one.nextRunsMs[0])}`;
  if (action !== 'trigger')
    return one.running.length === 0 ? '' : `; the run under way goes on: ${one.running.join(', ')}`;
  const runs = started[one.id] ?? [];
  return runs.length > 0 ? `\n  ${runs.join('\n  ')}` : '; it starts when the run under way ends';
}
