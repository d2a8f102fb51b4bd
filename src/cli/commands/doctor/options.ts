/** `tracelift doctor`: every setting and connection tried. */
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { exitCodes } from '../../exit-codes.js';
import { sourceOption, targetOption, withExamples, withJson, type PlaceFlags } from '../../options/flags.js';
import { print } from '../../terminal/output.js';
import { view } from './view.js';

export function options(program: Command, context: CommandContext): void {
  const command = withJson(
    program
      .command('doctor')
      .summary('try every setting and connection, say how to fix what is wrong')
      .description(
        'Checks settings, folders, MLflow, tables, staging, Temporal, workers and monitor in this order. Exits with 1 if anything failed.',
      )
      .option(...sourceOption)
      .option(...targetOption),
  ).action(async (flags: PlaceFlags) => {
    const { load } = await import('./load.js');
    const model = await load(await context.session(), flags);
    print(context.io, flags, model, view);
    if (!model.ok) context.endWith(exitCodes.failed);
  });
  withExamples(command, 'MLFLOW_TRACKING_URI=http://127.0.0.1:5000 tracelift doctor');
}
