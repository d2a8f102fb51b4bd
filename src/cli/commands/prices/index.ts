/** `tracelift prices …`: what model calls cost, and where that is known from. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { withExamples } from '../../options/flags.js';
import * as list from './list.js';
import * as missing from './missing.js';
import * as show from './show.js';
import * as validate from './validate.js';

export function options(program: Command, context: CommandContext): void {
  const group = program
    .command('prices')
    .summary('the prices of model calls')
    .description(
      "Prices come from the user's file (processing.pricesFile), then from tracelift's own book, then from the library genai-prices; docs/cost.md explains them.",
    );
  for (const command of [list, show, missing, validate]) command.options(group, context);
  withExamples(group, 'tracelift prices show gpt-4o', 'tracelift prices missing');
}
