/** Options that choose schedules: by their ids, or all of an experiment. Pure. */
import type { Command } from 'commander';
import { TraceliftError } from '../../../errors/index.js';
import { withJson } from '../../options/flags.js';
import type { ScheduleChoice } from './server.js';
import type { OutputFlags } from '../../terminal/output.js';

export interface ChoiceFlags extends OutputFlags {
  readonly experiment?: string;
  readonly source?: string;
  readonly note?: string;
}

/** Adds them. */
export function withChoice(command: Command): Command {
  return withJson(
    command
      .argument('[ids...]', 'ids as `tracelift schedule list` shows them')
      .option('-e, --experiment <id or name>', 'all schedules of this experiment')
      .option('--source <name>', 'MLflow server that knows the name'),
  );
}

/** @throws InvalidOption where none is chosen */
export function scheduleChoice(ids: readonly string[], flags: ChoiceFlags, command: string): ScheduleChoice {
  const { experiment, source } = flags;
  if (ids.length === 0 && experiment === undefined) {
    throw new TraceliftError('InvalidOption', {
      option: command,
      problem: 'it names no schedule',
      example: `${command} --experiment 1`,
      command,
    });
  }
  return {
    ids,
    ...(experiment === undefined ? {} : { experiment }),
    ...(source === undefined ? {} : { source }),
  };
}
