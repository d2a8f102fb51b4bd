/** `tracelift prices list`: the entries of the user's file and of tracelift's own book. */
import type { Command } from 'commander';
import { readPricesFile } from '../../../config/prices-file.js';
import { bookEntries } from '../../../prices/book/index.js';
import { noUserPrices, type PriceRule } from '../../../prices/price-entry.js';
import { createPriceList } from '../../../prices/price-list.js';
import { priceAt } from '../../../prices/token-prices.js';
import type { CommandContext } from '../../context.js';
import { withExamples, withJson } from '../../options/flags.js';
import { print, type OutputFlags } from '../../terminal/output.js';
import { textTable, type Paint } from '../../terminal/text.js';

export function options(group: Command, context: CommandContext): void {
  const command = withJson(
    group
      .command('list')
      .summary("the entries of your file and of tracelift's own book")
      .description('Lists the entries that come before the library genai-prices, which knows about 1,700 models more.'),
  ).action(async (flags: OutputFlags) => {
    const { config } = await context.session();
    print(context.io, flags, load(config.processing.pricesFile), view);
  });
  withExamples(command, 'tracelift prices list');
}

export interface ListedEntry {
  readonly of: 'user' | 'book';
  readonly provider: string | null;
  readonly model: string;
  readonly from: string | null;
  readonly to: string | null;
  /** Null for a discount alone. */
  readonly rule: PriceRule | null;
  readonly discountPercent: number;
  /** Where it was read, and when; null for the user's own. */
  readonly source: string | null;
  readonly checked: string | null;
}

export interface ListedPrices {
  readonly version: string;
  readonly entries: readonly ListedEntry[];
}

/** @throws PricesFileUnreadable, PricesInvalid */
export function load(file: string | undefined): ListedPrices {
  const user = file === undefined ? noUserPrices : readPricesFile(file);
  const own = user.entries.map((entry): ListedEntry => ({ of: 'user', ...entry, source: null, checked: null }));
  const book = bookEntries.flatMap(({ models, ...entry }) =>
    models.map((model): ListedEntry => ({ of: 'book', model, discountPercent: 0, ...entry })),
  );
  return { version: createPriceList(user).version, entries: [...own, ...book] };
}

export function view({ version, entries }: ListedPrices, paint: Paint): string {
  const rows = entries.map(({ of, provider, model, from, to, rule, discountPercent, checked }) => [
    of,
    provider ?? '',
    model,
    from ?? '',
    to ?? '',
    ruleText(rule) + (discountPercent === 0 ? '' : ` -${String(discountPercent)} %`),
    checked ?? '',
  ]);
  const table = textTable(['of', 'provider', 'model', 'from', 'to', 'input / output', 'checked'], rows, paint);
  return `${table}\n${paint.dim(`prices ${version}`)}`;
}

/** Of prices by size, those of the smallest. */
function ruleText(rule: PriceRule | null): string {
  if (rule === null) return '';
  if (rule.kind === 'same-as') return `as ${rule.model}`;
  if (rule.kind === 'provisioned') return 'paid by the hour';
  const { input, output } = rule.prices;
  const unit = rule.kind === 'dbu' ? ' DBU' : ' $';
  return `${String(priceAt(input, 0))} / ${output === null ? '-' : String(priceAt(output, 0))}${unit}`;
}
