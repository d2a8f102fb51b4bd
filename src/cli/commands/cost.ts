/** `tracelift cost`: what calls cost, by model, day, user or anything else that gold knows. */
import type { Command } from 'commander';
import { costGroupings, type CostAnswer, type CostGrouping, type CostRow } from '../../answers/cost.js';
import { TraceliftError } from '../../errors/index.js';
import type { CommandContext } from '../context.js';
import { targetOption, timeOf, wholeNumberOf, withExamples, withJson, type PlaceFlags } from '../options/flags.js';
import { checkRange } from '../options/values.js';
import type { CliSession } from '../session.js';
import { print } from '../terminal/output.js';
import { count, plural, textTable, type Paint } from '../terminal/text.js';

interface CostFlags extends PlaceFlags {
  readonly by: CostGrouping;
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
  readonly currency: string;
  readonly rate: number;
  readonly csv?: true;
}

export function options(program: Command, context: CommandContext): void {
  const { nowMs } = context.io;
  const place = (option: string) => ({ command: 'cost', option });
  const command = withJson(
    program
      .command('cost')
      .summary('what model calls cost, by model, day, user and more')
      .description(
        'Sums up the cost of model calls at the prices of their days. The last lines say how much of the tokens has a price, what has none and why, and how the sum differs from that of MLflow; docs/cost.md explains it.',
      )
      .option('--by <what>', `${costGroupings.join(', ')} or dim:<name>`, groupingOf, { kind: 'model' })
      .option(
        '--from <time>',
        'traces that start from here on: a date, an ISO time, 30d',
        timeOf(nowMs, place('--from')),
      )
      .option('--to <time>', 'until here', timeOf(nowMs, place('--to')))
      .option('--limit <n>', 'at most this many rows; the rest is one', wholeNumberOf(place('--limit'), 1, 100_000), 20)
      .option('--currency <code>', 'currency of the amounts', currencyOf, 'USD')
      .option('--rate <number>', 'what a US dollar costs in it', rateOf, 1)
      .option('--csv', 'all rows as CSV')
      .option(...targetOption),
  ).action(async (flags: CostFlags) => {
    const model = await load(await context.session(), flags);
    print(context.io, flags, model, flags.csv === true ? csv : view, flags.csv === true);
  });
  withExamples(
    command,
    'tracelift cost --by month --from 2026-01-01',
    'tracelift cost --by user --currency EUR --rate 0.92',
  );
}

const invalid = (option: string, problem: string, example: string): TraceliftError =>
  new TraceliftError('InvalidOption', { option, problem, example: `${option} ${example}`, command: 'cost' });

function groupingOf(text: string): CostGrouping {
  const dimension = /^dim:([a-z_][a-z0-9_]*)$/.exec(text)?.[1];
  if (dimension !== undefined) return { kind: 'dimension', name: dimension };
  const kind = costGroupings.find((one) => one === text);
  if (kind === undefined)
    throw invalid('--by', `"${text}" is none of ${costGroupings.join(', ')}, dim:<name>`, 'model');
  return { kind };
}

function currencyOf(text: string): string {
  if (!/^[A-Za-z]{3}$/.test(text)) throw invalid('--currency', `"${text}" is no code of a currency`, 'EUR');
  return text.toUpperCase();
}

function rateOf(text: string): number {
  const rate = Number(text);
  if (!(rate > 0) || !Number.isFinite(rate)) throw invalid('--rate', `"${text}" is no number above 0`, '0.92');
  return rate;
}

/** Amounts are in US dollars, whatever is shown. */
export interface CostModel extends CostAnswer {
  readonly by: string;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly currency: string;
  /** Units of the currency per US dollar. */
  readonly rate: number;
  /** Rows that the table shows. */
  readonly limit: number;
}

/** @throws NoTables, InvalidOption and the codes of the warehouse */
export async function load(session: CliSession, flags: CostFlags): Promise<CostModel> {
  const { by, currency, rate, limit, target } = flags;
  checkRange(flags, 'cost');
  if (currency !== 'USD' && rate === 1) throw invalid('--rate', `say what a US dollar costs in ${currency}`, '0.92');
  session.requireTables(target);
  const warehouse = await session.readTarget(target);
  if (by.kind === 'dimension') checkDimension(await warehouse.describeTables(), by.name);
  const range = { fromMs: flags.from ?? null, toMs: flags.to ?? null };
  const answer = await warehouse.costs({ by, ...range });
  const name = by.kind === 'dimension' ? `dim:${by.name}` : by.kind;
  return { ...answer, by: name, ...range, currency, rate, limit };
}

type Tables = Awaited<ReturnType<Awaited<ReturnType<CliSession['readTarget']>>['describeTables']>>;

function checkDimension(tables: Tables, name: string): void {
  const gold = tables.find(({ role }) => role === 'gold');
  const known = (gold?.columns ?? []).flatMap((column) => /^dim_(.+)$/.exec(column.name)?.[1] ?? []);
  if (known.includes(name)) return;
  const list = known.length === 0 ? 'there is none in these tables' : `there are ${known.join(', ')}`;
  throw invalid('--by', `there is no dimension ${name}; ${list}`, 'model');
}

export function view(model: CostModel, paint: Paint): string {
  const { rows, totals, by, limit } = model;
  if (totals.traces === 0) return paint.dim('No traces in this range.');
  const shown = rows.slice(0, limit);
  const rest = rows.slice(limit);
  const lines = [...shown, ...(rest.length === 0 ? [] : [restOf(rest)])].map((row) => [
    row.name ?? paint.dim('not told'),
    count(row.traces),
    count(row.totalTokens),
    money(model, row.costUsd),
    share(row),
  ]);
  const head = [by, 'traces', 'tokens', model.currency, 'tokens with a price'];
  return [textTable(head, lines, paint, [1, 2, 3, 4]), '', ...summary(model, paint)].join('\n');
}

function restOf(rows: readonly CostRow[]): CostRow {
  const known = rows.flatMap(({ costUsd }) => (costUsd === null ? [] : [costUsd]));
  const sum = (part: 'traces' | 'totalTokens' | 'unpricedTokens'): number =>
    rows.reduce((total, row) => total + row[part], 0);
  return {
    name: `other (${count(rows.length)})`,
    traces: sum('traces'),
    totalTokens: sum('totalTokens'),
    unpricedTokens: sum('unpricedTokens'),
    costUsd: known.length === 0 ? null : known.reduce((total, cost) => total + cost, 0),
  };
}

/** Which parts the sum has, and how much of the tokens it covers: the last line. */
function summary(model: CostModel, paint: Paint): string[] {
  const { totals, unpriced } = model;
  const part = (name: string, cost: number | null): string[] =>
    cost === null || cost === 0 ? [] : [`${name}: ${money(model, cost)}`];
  const models = unpriced
    .slice(0, 5)
    .map((one) => `${one.model ?? 'no model'} (${one.reason}, ${plural(one.totalTokens, 'token')})`);
  return [
    paint.bold(`total: ${money(model, totals.costUsd)} ${model.currency} for ${plural(totals.traces, 'trace')}`),
    ...part('of it judges', totals.judgeCostUsd),
    ...part('of it evaluations', totals.evaluationCostUsd),
    ...part('of it by the beginning of a name alone (price_match = family)', totals.familyCostUsd),
    ...part('not in it, estimated where no tokens were reported', totals.estimatedCostUsd),
    ...difference(model),
    ...(models.length === 0
      ? []
      : [paint.yellow(`without a price: ${models.join(', ')}; \`tracelift prices missing\` lists all`)]),
    `${share(totals)} of the tokens have a price`,
  ];
}

function difference(model: CostModel): string[] {
  const { comparedCostUsd, reportedCostUsd } = model.totals;
  if (comparedCostUsd === null || reportedCostUsd === null) return [];
  const more = comparedCostUsd - reportedCostUsd;
  if (Math.abs(more) < 1e-9) return ["equal to MLflow's own figure where it has one"];
  const words = `${money(model, Math.abs(more))} ${more > 0 ? 'more' : 'less'} than MLflow's own figure`;
  return [`${words} (${money(model, reportedCostUsd)}) where it has one`];
}

/** Six significant digits: a call costs parts of a cent. */
function money({ rate }: CostModel, usd: number | null): string {
  if (usd === null) return '-';
  const value = usd * rate;
  return Math.abs(value) >= 100
    ? value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
    : String(Number(value.toPrecision(6)));
}

/** Rounded down: 100 % means all. */
function share({ totalTokens, unpricedTokens }: Pick<CostRow, 'totalTokens' | 'unpricedTokens'>): string {
  if (totalTokens === 0) return '-';
  return `${String(Math.floor(((totalTokens - unpricedTokens) / totalTokens) * 1000) / 10)} %`;
}

/** Every row, exactly; an unknown cost is an empty field. */
export function csv(model: CostModel): string {
  const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = model.rows.map((row) => [
    quoted(row.name ?? ''),
    String(row.traces),
    String(row.totalTokens),
    String(row.unpricedTokens),
    row.costUsd === null ? '' : String(row.costUsd * model.rate),
  ]);
  const head = [quoted(model.by), 'traces', 'total_tokens', 'unpriced_tokens', `cost_${model.currency.toLowerCase()}`];
  return [head, ...rows].map((cells) => cells.join(',')).join('\r\n');
}
