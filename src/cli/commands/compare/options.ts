/** `tracelift compare`: two releases, models or other groups of traces side by side, with how sure each change is. */
import type { Command } from 'commander';
import { TraceliftError } from '../../../errors/index.js';
import type { CommandContext } from '../../context.js';
import { choiceOf, targetOption, timeHelp, timeOf, withExamples, withJson } from '../../options/flags.js';
import { checkRange } from '../../options/values.js';
import { print } from '../../terminal/output.js';
import { load, origins, type CompareFlags } from './load.js';
import { view } from './view.js';

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function options(program: Command, context: CommandContext): void {
  const { io } = context;
  const place = (option: string): { command: string; option: string } => ({ command: 'compare', option });
  const command = withJson(
    program
      .command('compare')
      .summary('two releases side by side, with how sure each change is')
      .description(
        'Compares quality, errors, time, tokens and cost of two groups of traces, such as two releases. Changes have 95 % intervals over sessions and are corrected for the number of measures (docs/statistics.md). Without --by: a dimension release, version or model, else the model.',
      )
      .option(
        '--by <column>',
        'what tells the groups apart: dim:release, model, trace_name or another text column of gold',
      )
      .option('--baseline <value>', 'the group to compare with (default: the one that appeared before the candidate)')
      .option('--candidate <value>', 'the group in question (default: the one that appeared last)')
      .option('--metric <name>', 'only this metric; may be given again', collect, [])
      .option(
        '--where <column=value>',
        'only traces with this value, such as dim:env=prod; may be given again',
        collect,
        [],
      )
      .option('-e, --experiment <id>', 'only traces of this MLflow experiment')
      .option('--origin <kind>', `traces of: ${origins.join(', ')}`, choiceOf(place('--origin'), origins), 'app')
      .option('--from <time>', `first start of a trace: ${timeHelp}`, timeOf(io.nowMs, place('--from')))
      .option(
        '--to <time>',
        'end of the range of trace starts, exclusive; the same forms',
        timeOf(io.nowMs, place('--to')),
      )
      .option('--margin <number>', 'a loss below this counts as none, in the unit of the measure', marginOf)
      .option('--paired', 'also compare the questions that both groups answered, pair by pair')
      .option(...targetOption),
  ).action(async (flags: CompareFlags) => {
    checkRange(flags, 'compare');
    print(io, flags, await load(await context.session(), flags), view);
  });
  withExamples(
    command,
    'tracelift compare --by dim:release',
    'tracelift compare --by model --baseline gpt-4o --candidate gpt-4o-mini --from 30d',
    'tracelift compare --by dim:release --metric faithfulness --margin 0.02',
  );
}

function marginOf(text: string): number {
  const margin = Number(text);
  if (text.trim() !== '' && Number.isFinite(margin) && margin > 0) return margin;
  const problem = `"${text}" is no number above 0`;
  throw new TraceliftError('InvalidOption', {
    option: '--margin',
    problem,
    example: '--margin 0.02',
    command: 'compare',
  });
}
