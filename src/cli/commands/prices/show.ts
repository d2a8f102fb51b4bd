/** `tracelift prices show`: the price of one model on one day, and where it is known from. */
import type { Command } from 'commander';
import { readPricesFile } from '../../../config/prices-file.js';
import { noUserPrices } from '../../../prices/price-entry.js';
import { createPriceList, type FoundPrice, type NoPriceReason } from '../../../prices/price-list.js';
import type { TokenPrice } from '../../../prices/token-prices.js';
import type { CommandContext } from '../../context.js';
import { timeOf, withExamples, withJson } from '../../options/flags.js';
import { print, type OutputFlags } from '../../terminal/output.js';
import { instant, pairs, type Paint } from '../../terminal/text.js';

interface ShowFlags extends OutputFlags {
  readonly provider?: string;
  readonly tier?: string;
  readonly at?: number;
}

export function options(group: Command, context: CommandContext): void {
  const { nowMs } = context.io;
  const command = withJson(
    group
      .command('show')
      .summary('the price of a model on a day, and where it is known from')
      .argument('<model>', 'name of the model, as traces have it')
      .option('--provider <name>', 'provider, as traces have it')
      .option('--tier <name>', 'service tier: standard, batch, flex or priority')
      .option(
        '--at <time>',
        'when the call starts (default: now)',
        timeOf(nowMs, { command: 'prices show', option: '--at' }),
      ),
  ).action(async (model: string, flags: ShowFlags) => {
    const { config } = await context.session();
    print(context.io, flags, load(config.processing.pricesFile, model, flags.at ?? nowMs(), flags), view);
  });
  withExamples(command, 'tracelift prices show o3 --at 2025-06-09', 'tracelift prices show gpt-4o --provider azure');
}

export interface ShownPrice {
  readonly model: string;
  readonly atMs: number;
  readonly version: string;
  /** Prices in US dollars per million tokens. */
  readonly found: FoundPrice | { readonly reason: NoPriceReason };
}

/** @throws PricesFileUnreadable, PricesInvalid */
export function load(file: string | undefined, model: string, atMs: number, flags: ShowFlags): ShownPrice {
  const list = createPriceList(file === undefined ? noUserPrices : readPricesFile(file));
  const found = list.find({
    model,
    provider: flags.provider ?? null,
    startMs: atMs,
    serviceTier: flags.tier ?? null,
  });
  return { model, atMs, version: list.version, found: typeof found === 'string' ? { reason: found } : found };
}

export function view({ model, atMs, version, found }: ShownPrice, paint: Paint): string {
  if ('reason' in found) {
    return paint.yellow(
      `${model} has no price at ${instant(atMs)}: ${found.reason} (docs/cost.md says what that means).`,
    );
  }
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h, reasoning } = found.prices;
  const optional = (name: string, price: TokenPrice | null | undefined): [string, string][] =>
    price === null || price === undefined ? [] : [[name, priceText(price)]];
  return pairs(
    [
      ['price', found.priceId],
      ['found', `${found.match}, in ${found.source}`],
      ['input', priceText(input)],
      ...optional('cache read', cacheRead),
      ...optional('cache write, 5 minutes', cacheWrite5m),
      ...optional('cache write, 1 hour', cacheWrite1h),
      ...optional('output', output),
      ...optional('reasoning', reasoning),
      ['at', instant(atMs)],
      ['prices', version],
    ],
    paint,
  );
}

/** US dollars per million tokens. */
function priceText(price: TokenPrice): string {
  const dollars = (value: number): string => `$${String(Number(value.toPrecision(6)))}`;
  if (typeof price === 'number') return `${dollars(price)} per million tokens`;
  const tiers = price.above.map(
    (tier) => `${dollars(tier.price)} above ${tier.tokens.toLocaleString('en-US')} input tokens`,
  );
  return [`${dollars(price.base)} per million tokens`, ...tiers].join(', ');
}
