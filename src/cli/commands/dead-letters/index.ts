/** `tracelift dead-letters …`: traces that could not be copied. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { withExamples } from '../../options/flags.js';
import * as list from './list.js';
import * as retry from './retry.js';
import * as show from './show.js';

export function options(program: Command, context: CommandContext): void {
  const group = program
    .command('dead-letters')
    .summary('traces that could not be copied, with the reason')
    .description(
      'A dead letter is a trace that could not be copied, kept in a table with the reason. Runs try it again later; these commands list and show dead letters, and try them again at once.',
    );
  for (const command of [list, show, retry]) command.options(group, context);
  withExamples(group, 'tracelift dead-letters list');
}
