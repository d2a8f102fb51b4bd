/** `tracelift demo`: everything tried on demo traces. */
import type { Command } from 'commander';
import { relative } from 'node:path';
import type { CommandContext } from '../../context.js';
import { exitCodes } from '../../exit-codes.js';
import { withExamples, withJson } from '../../options/flags.js';
import { print, withProgress, type OutputFlags } from '../../terminal/output.js';
import { view, viewStopped } from './view.js';

interface DemoFlags extends OutputFlags {
  /** The servers run on afterwards. */
  readonly keep?: true;
  readonly stop?: true;
}

export function options(program: Command, context: CommandContext): void {
  const { io } = context;
  const command = withJson(
    program
      .command('demo')
      .summary('try everything on demo traces, nothing to configure')
      .description(
        'Starts or finds MLflow and Temporal, lets MLflow make its own demo traces, copies them, and shows what to do next. Everything is kept in tracelift-data/demo; a second run uses it again.',
      )
      .option('--keep', 'keep both servers running, to look at their web pages')
      .option('--stop', 'stop the servers that --keep left running'),
  ).action(async (flags: DemoFlags) => {
    const { load, loadStopped } = await import('./load.js');
    const session = await context.session();
    if (flags.stop === true) {
      print(io, flags, await loadStopped(session), viewStopped);
      return;
    }
    const model = await withProgress(io, flags, (events) => load(session, { keep: flags.keep === true }, events));
    const folder = relative(io.cwd, model.folder);
    const calling = { program: 'npx tracelift', folder: folder.startsWith('..') ? model.folder : folder };
    print(io, flags, model, (shown, paint) => view(shown, calling, paint));
    if (model.totals.missing > 0) context.endWith(exitCodes.failed);
  });
  withExamples(command, 'npx tracelift demo --keep');
}
