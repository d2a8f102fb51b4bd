/** `tracelift prices missing`: calls in the tables that have no price, and why. */
import type { Command } from 'commander';
import type { UnpricedModel } from '../../../answers/cost.js';
import type { CommandContext } from '../../context.js';
import { targetOption, withExamples, withJson, type PlaceFlags } from '../../options/flags.js';
import type { CliSession } from '../../session.js';
import { print } from '../../terminal/output.js';
import { count, textTable, type Paint } from '../../terminal/text.js';

export function options(group: Command, context: CommandContext): void {
  const command = withJson(
    group
      .command('missing')
      .summary('calls that have no price, by model, and why')
      .option(...targetOption),
  ).action(async (flags: PlaceFlags) => {
    print(context.io, flags, await load(await context.session(), flags), view);
  });
  withExamples(command, 'tracelift prices missing');
}

export interface MissingPrices {
  /** Most tokens first. */
  readonly unpriced: readonly UnpricedModel[];
}

/** @throws NoTables and the codes of the warehouse */
export async function load(session: CliSession, { target }: PlaceFlags): Promise<MissingPrices> {
  session.requireTables(target);
  const warehouse = await session.readTarget(target);
  const { unpriced } = await warehouse.costs({ by: { kind: 'model' }, fromMs: null, toMs: null });
  return { unpriced };
}

export function view({ unpriced }: MissingPrices, paint: Paint): string {
  if (unpriced.length === 0) return paint.green('Every call that reports tokens has a price.');
  const rows = unpriced.map(({ model, provider, reason, calls, totalTokens }) => [
    model ?? paint.dim('no model'),
    provider ?? '',
    reason,
    count(calls),
    count(totalTokens),
  ]);
  const table = textTable(['model', 'provider', 'reason', 'calls', 'tokens'], rows, paint, [3, 4]);
  return `${table}\n${paint.dim('docs/cost.md says what each reason means and how a file of prices helps.')}`;
}
