/** Prints tables, query results, dead letters and the configuration. Loads nothing. */
import { stringify } from 'yaml';
import type { Config } from '../../config/index.js';
import type { QueryResult, TableDescription } from '../../targets/warehouse.js';
import type { DeadLettersModel, TablesModel } from '../commands/tables.js';
import { count, instant, plural, textTable, type Paint } from '../terminal/text.js';

/** All tables, one line each. */
export function tablesView(model: TablesModel, paint: Paint): string {
  const rows = model.tables.map((table) => [
    paint.bold(table.name),
    table.rows === null ? '-' : count(table.rows),
    String(table.columns.length),
    table.comment,
  ]);
  const note = model.exists ? '' : `\n${paint.yellow('The tables do not exist yet: the first backfill makes them.')}`;
  const hint = paint.dim('Columns and their meaning: tracelift tables <name>');
  return `${model.target.location} (target ${model.target.name})${note}\n\n${textTable(['table', 'rows', 'columns', 'holds'], rows, paint, [1, 2])}\n\n${hint}`;
}

/** Tables with every column. */
export function tableColumnsView(model: TablesModel, paint: Paint): string {
  return model.tables.map((table) => columnsOf(table, paint)).join('\n\n');
}

function columnsOf(table: TableDescription, paint: Paint): string {
  const rows = table.columns.map((column) => [
    column.name,
    column.type,
    column.nullable ? '' : 'never NULL',
    column.comment,
  ]);
  const size = table.rows === null ? '' : `, ${plural(table.rows, 'row')}`;
  return `${paint.bold(table.name)}${size}\n${table.comment}\n\n${textTable(['column', 'type', '', 'meaning'], rows, paint)}`;
}

export const queryFormats = ['table', 'csv', 'json'] as const;
export type QueryFormat = (typeof queryFormats)[number];

/** A query result as a table for people, as CSV (RFC 4180) or as JSON lines of objects. */
export function queryView(result: QueryResult, format: QueryFormat, paint: Paint): string {
  if (format === 'csv') return csv(result);
  if (format === 'json') return JSON.stringify(objects(result), null, 2);
  const rows = result.rows.map((row) => row.map((value) => (value === null ? paint.dim('NULL') : String(value))));
  const more = result.truncated ? `\n${paint.yellow('There are more rows: raise --limit to see them.')}` : '';
  if (rows.length === 0) return paint.dim('no rows');
  return `${textTable(result.columns, rows, paint, numericColumns(result))}\n${paint.dim(plural(rows.length, 'row'))}${more}`;
}

/** Rows as objects, columns as keys. */
export function objects(result: QueryResult): Record<string, unknown>[] {
  return result.rows.map((row) => Object.fromEntries(result.columns.map((name, index) => [name, row[index] ?? null])));
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

export function deadLettersView(model: DeadLettersModel, paint: Paint): string {
  const { deadLetters } = model;
  if (deadLetters.length === 0) return paint.green('No dead letters: every listed trace is in the tables.');
  const rows = deadLetters.map((row) => [
    row.trace_id,
    row.experiment_id,
    row.stage,
    paint.red(row.error_code),
    String(row.attempts),
    microseconds(row.last_failed_at),
    row.retry_after === null ? 'when the trace changes' : microseconds(row.retry_after),
    row.message,
  ]);
  const head = ['trace', 'experiment', 'stage', 'code', 'attempts', 'last failed', 'next try', 'message'];
  const more = deadLetters.length === model.limit ? `\n${paint.dim('There may be more: raise --limit.')}` : '';
  return `${textTable(head, rows, paint)}${more}`;
}

function microseconds(value: number | bigint): string {
  return instant(Number(BigInt(value) / 1000n));
}

/** The configuration as YAML: what a file with the same meaning would hold, apart from the masked secrets. */
export function configView(config: Config, paint: Paint): string {
  const { file, ...settings } = config;
  const origin = file === null ? 'no file; environment and defaults' : `${file}, environment and defaults`;
  return `${paint.dim(`# ${origin}`)}\n${stringify(settings, { lineWidth: 0 }).trimEnd()}`;
}
