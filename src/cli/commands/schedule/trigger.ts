/** `tracelift schedule trigger`: a run starts now, or after the one under way. */
import type { Command } from 'commander';
import { setTimeout as pause } from 'node:timers/promises';
import type { CommandContext } from '../../context.js';
import { withExamples } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import { print } from '../../terminal/output.js';
import { type Paint } from '../../terminal/text.js';
import { scheduleChoice, withChoice, type ChoiceFlags } from './choice.js';
import type { ChangedSchedules, ScheduleChoice } from './server.js';
import { changedLines } from './text.js';
import type { ScheduleState } from '../../temporal/schedules.js';
import type { TemporalServer } from '../../temporal/server.js';

export function options(group: Command, context: CommandContext): void {
  const command = withChoice(group.command('trigger').summary('start a run now, or right after the one in progress'));
  command.action(async (ids: string[], flags: ChoiceFlags) => {
    const choice = scheduleChoice(ids, flags, 'schedule trigger');
    print(context.io, flags, await load(await context.session(), choice), view);
  });
  withExamples(command, 'tracelift schedule trigger --experiment 1');
}

/** @throws ScheduleNeedsServer, TemporalUnreachable, ScheduleNotFound, ExperimentNotFound */
export async function load(session: CliSession, choice: ScheduleChoice): Promise<ChangedSchedules> {
  const { changeSchedules } = await import('./server.js');
  return changeSchedules(session, 'trigger', choice, trigger);
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

export function view(model: ChangedSchedules, paint: Paint): string {
  const afterwards = ({ id }: ScheduleState): string => {
    const runs = model.started[id] ?? [];
    return runs.length > 0 ? `\n  ${runs.join('\n  ')}` : '; it starts when the run under way ends';
  };
  return changedLines(model, 'triggered', afterwards, paint);
}
