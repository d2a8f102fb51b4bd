/** `tracelift schedule …`: Temporal Schedules of `syncTraces`. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { withExamples } from '../../options/flags.js';
import * as create from './create.js';
import * as describe from './describe.js';
import * as list from './list.js';
import * as pause from './pause.js';
import * as remove from './delete.js';
import * as resume from './resume.js';
import * as trigger from './trigger.js';

export function options(program: Command, context: CommandContext): void {
  const group = program
    .command('schedule')
    .summary('keep the copy up to date with Temporal Schedules')
    .description(
      'Creates and changes Temporal Schedules. The Temporal server keeps them (TEMPORAL_ADDRESS), and their runs need a worker. docs/schedules.md explains every setting.',
    );
  for (const command of [create, list, describe, pause, resume, trigger, remove]) command.options(group, context);
  withExamples(
    group,
    'tracelift schedule create --experiment 1 --every 15m --lookback 2h --refresh-every 1d --horizon 30d',
    'tracelift schedule list',
  );
}
