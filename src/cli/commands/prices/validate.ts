/** `tracelift prices validate`: checks a file of prices. Reads nothing else. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readPricesFile } from '../../../config/prices-file.js';
import { TraceliftError } from '../../../errors/index.js';
import type { UserEntry } from '../../../prices/price-entry.js';
import type { CommandContext } from '../../context.js';
import { withExamples, withJson } from '../../options/flags.js';
import { print, type OutputFlags } from '../../terminal/output.js';
import { plural, type Paint } from '../../terminal/text.js';

export function options(group: Command, context: CommandContext): void {
  const command = withJson(
    group
      .command('validate')
      .summary('check a file of prices')
      .argument('[file]', 'the file (default: processing.pricesFile of the configuration)'),
  ).action(async (file: string | undefined, flags: OutputFlags) => {
    const { config } = await context.session();
    print(
      context.io,
      flags,
      load(file === undefined ? config.processing.pricesFile : resolve(context.io.cwd, file)),
      view,
    );
  });
  withExamples(command, 'tracelift prices validate prices.yaml');
}

export interface ValidatedPrices {
  readonly path: string;
  readonly entries: readonly UserEntry[];
  /** US dollars; null: the built-in. */
  readonly usdPerDbu: number | null;
}

/** @throws OptionMissing, PricesFileUnreadable, PricesInvalid */
export function load(path: string | undefined): ValidatedPrices {
  if (path === undefined) {
    const problem = 'the configuration names no file of prices';
    throw new TraceliftError('OptionMissing', {
      option: '[file]',
      problem,
      example: 'prices.yaml',
      command: 'prices validate',
    });
  }
  return { path, ...readPricesFile(path) };
}

export function view({ path, entries, usdPerDbu }: ValidatedPrices, paint: Paint): string {
  const dbu = usdPerDbu === null ? '' : `, ${String(usdPerDbu)} US dollars per DBU`;
  return paint.green(`${path} is valid: ${plural(entries.length, 'entry', 'entries')}${dbu}.`);
}
