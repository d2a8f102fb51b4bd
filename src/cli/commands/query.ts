/** `tracelift query`: one read-only SQL statement. */
import type { Command } from 'commander';
import { TraceliftError } from '../../errors/index.js';
import type { QueryResult } from '../../targets/warehouse.js';
import type { CommandContext } from '../context.js';
import { choiceOf, targetOption, wholeNumberOf, withExamples, withJson, type PlaceFlags } from '../options/flags.js';
import { readDuration } from '../options/values.js';
import type { CliSession } from '../session.js';
import { print } from '../terminal/output.js';
import { plural, textTable, type Paint } from '../terminal/text.js';

/** Long for a person who waits, short for a statement that would keep the machine busy for ever. */
const defaultTimeoutMs = 5 * 60_000;
/** Timers of Node end at 2^31 milliseconds. */
const longestTimeoutMs = 24 * 86_400_000;

const formats = ['table', 'csv', 'json'] as const;

interface QueryFlags extends PlaceFlags {
  readonly limit: number;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly format: (typeof formats)[number];
}

export function options(program: Command, context: CommandContext): void {
  const command = withJson(
    program
      .command('query')
      .summary('one read-only SQL statement')
      .description('Runs one statement that reads. It reaches only the tables: no files, no network, no settings.')
      .argument('<sql>', 'the statement')
      .option(...targetOption)
      .option(
        '--limit <n>',
        'at most this many rows',
        wholeNumberOf({ command: 'query', option: '--limit' }, 1, 1_000_000),
        100,
      )
      .option('--timeout <duration>', 'stop the statement after this long, such as 30s (default: 5m)', readTimeout)
      .option(
        '--format <form>',
        formats.join(', '),
        choiceOf({ command: 'query', option: '--format' }, formats),
        'table',
      ),
  ).action(async (sql: string, flags: QueryFlags) => {
    const model = await load(await context.session(), sql, flags);
    const isExact = flags.format !== 'table';
    print(context.io, flags, model, (shown, paint) => view(shown, flags.format, paint), isExact);
  });
  withExamples(
    command,
    'tracelift query "SELECT status, count(*) AS traces FROM genai_processed_traces_gold WHERE deleted_at_source IS NULL GROUP BY ALL"',
    'tracelift query "SELECT * FROM genai_metrics_long" --limit 100000 --format csv > metrics.csv',
  );
}

/** @throws InvalidOption for less than a second, or more than a timer can hold */
function readTimeout(text: string): number {
  const place = { command: 'query', option: '--timeout' };
  const timeoutMs = readDuration(text, place);
  if (timeoutMs >= 1000 && timeoutMs <= longestTimeoutMs) return timeoutMs;
  throw new TraceliftError('InvalidOption', {
    ...place,
    problem: `"${text}" is not between a second and 24 days`,
    example: '--timeout 30s',
  });
}

/** @throws NoTables, QueryRefused, QueryFailed, QueryTimedOut and the codes of the warehouse */
export async function load(
  session: CliSession,
  sql: string,
  { target, limit, timeout = defaultTimeoutMs }: Pick<QueryFlags, 'target' | 'limit' | 'timeout'>,
): Promise<QueryResult> {
  session.requireTables(target);
  const tables = await session.readTarget(target);
  const signal = AbortSignal.timeout(timeout);
  try {
    return await tables.query(sql, { limit, signal });
  } catch (error) {
    if (!signal.aborted || error instanceof TraceliftError) throw error;
    throw new TraceliftError('QueryTimedOut', { seconds: timeout / 1000 }, { cause: error });
  }
}

/** A query result as a table for people, as CSV (RFC 4180) or as a JSON list of objects. */
export function view(result: QueryResult, format: QueryFlags['format'], paint: Paint): string {
  if (format === 'csv') return csv(result);
  if (format === 'json') return JSON.stringify(objects(result), null, 2);
  const rows = result.rows.map((row) => row.map((value) => (value === null ? paint.dim('NULL') : String(value))));
  const more = result.truncated ? `\n${paint.yellow('There are more rows: raise --limit to see them.')}` : '';
  if (rows.length === 0) return paint.dim('no rows');
  return `${textTable(result.columns, rows, paint, numericColumns(result))}\n${paint.dim(plural(rows.length, 'row'))}${more}`;
}

/** Rows as objects, columns as keys; a name that comes again gets a number, so that no value is lost. */
function objects(result: QueryResult): Record<string, unknown>[] {
  const keys = distinctNames(result.columns);
  return result.rows.map((row) => Object.fromEntries(keys.map((name, index) => [name, row[index] ?? null])));
}

function distinctNames(names: readonly string[]): readonly string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    let key = name;
    for (let number = 2; seen.has(key) || (key !== name && taken.has(key)); number += 1)
      key = `${name}_${String(number)}`;
    seen.add(key);
    return key;
  });
}

function numericColumns(result: QueryResult): number[] {
  return result.columns.flatMap((_name, index) =>
    result.rows.some((row) => typeof row[index] === 'number') ? [index] : [],
  );
}

function csv(result: QueryResult): string {
  const line = (values: readonly (string | number | boolean | null)[]): string => values.map(csvValue).join(',');
  return [line(result.columns), ...result.rows.map(line)].join('\r\n');
}

/** NULL is an empty field; quotes only where they are needed, and for the empty text, so that it is not NULL. */
function csvValue(value: string | number | boolean | null): string {
  if (value === null) return '';
  const text = String(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
