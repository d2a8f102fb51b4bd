/** `tracelift monitor …`: the quality monitor over the gold table. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { withExamples } from '../../options/flags.js';
import * as remove from './delete.js';
import * as drift from './drift.js';
import * as ensure from './ensure.js';
import * as refresh from './refresh.js';
import * as show from './show.js';

export function options(program: Command, context: CommandContext): void {
  const group = program
    .command('monitor')
    .summary('the quality monitor over the gold table')
    .description(
      'The quality monitor keeps statistics of the gold table for each hour and day (profile) and what changed since the one before (drift). Every backfill and sync updates it as its last step; these commands do so by hand, or show it.',
    );
  for (const command of [show, ensure, refresh, remove, drift]) command.options(group, context);
  withExamples(group, 'tracelift monitor show', 'tracelift monitor drift');
}
