/** The schema of the user's file of prices. Must not read the environment or any file. */
import { z } from 'zod';

/** A UTC day that exists. */
const day = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\d$/.test(text) && isDay(text), 'use a day such as 2026-01-31')
  .meta({ description: 'A UTC day.', examples: ['2026-01-31'] });

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(text);
}

const amount = z.number().nonnegative();

const tokenPrice = z
  .union([
    amount,
    z.strictObject({
      base: amount.describe('Price of requests whose input is not larger than the first size.'),
      above: z
        .record(z.string().regex(/^[1-9]\d{0,9}$/, 'use a number of tokens'), amount)
        .describe('By size: a request with more input tokens pays this price for all of its tokens.'),
    }),
  ])
  .describe('A price, or prices by the size of the whole input.');

const tokenPrices = z.strictObject({
  input: tokenPrice,
  output: tokenPrice.optional().describe('Left out for embeddings, which answer no tokens.'),
  cacheRead: tokenPrice.optional().describe('Input read from a cache; left out: as input.'),
  cacheWrite: tokenPrice.optional().describe('Input written to a cache for 5 minutes; left out: as input.'),
  cacheWrite1h: tokenPrice.optional().describe('The same for an hour.'),
  reasoning: tokenPrice.optional().describe('Output that the model thought; left out: as output.'),
});

const kinds = ['perMillionTokens', 'dbuPerMillionTokens', 'sameAs', 'billing'] as const;

const entry = z
  .strictObject({
    model: z.string().min(1).describe('Name of the model as traces have it, or a pattern with *.'),
    provider: z
      .string()
      .min(1)
      .optional()
      .describe('Who sells it, such as openai, azure, aws; left out: whoever does.'),
    from: day.optional().describe('First day; left out: from the beginning.'),
    to: day.optional().describe('First day on which it holds no more; left out: no end.'),
    perMillionTokens: tokenPrices.optional().describe('Prices in US dollars per million tokens.'),
    dbuPerMillionTokens: tokenPrices.optional().describe('Prices in DBU per million tokens.'),
    sameAs: z.string().min(1).optional().describe('The model behind this name, such as azure/gpt-4o.'),
    billing: z.literal('provisioned').optional().describe('Paid by the hour: its calls have no cost.'),
    discountPercent: z
      .number()
      .max(100)
      .optional()
      .describe('What is not paid of the price, in per cent; negative for a surcharge. Alone: of the built-in price.'),
    note: z.string().optional().describe('For people.'),
  })
  .refine((one) => kinds.filter((kind) => one[kind] !== undefined).length <= 1, `use only one of ${kinds.join(', ')}`)
  .refine(
    (one) => one.discountPercent !== undefined || kinds.some((kind) => one[kind] !== undefined),
    `use one of ${kinds.join(', ')}, or discountPercent`,
  )
  .refine((one) => one.from === undefined || one.to === undefined || one.from < one.to, '"to" must be after "from"');

/** The whole file. */
export const pricesSchema = z.strictObject({
  usdPerDbu: z.number().positive().optional().describe('US dollars per DBU in your region and contract; 0.07 without.'),
  prices: z.array(entry).default([]).describe('Entries; the one that names a call most exactly holds.'),
});

export type PricesFile = z.output<typeof pricesSchema>;

/** For editors: the `$schema` of docs/prices.schema.json. */
export function pricesJsonSchema(): string {
  const schema = z.toJSONSchema(pricesSchema, { io: 'input' });
  return `${JSON.stringify({ ...schema, title: 'Prices of tracelift' }, null, 2)}\n`;
}
