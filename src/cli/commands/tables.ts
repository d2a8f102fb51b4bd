/** `tracelift tables`: tables and columns, with their meaning. */
import type { Command } from 'commander';
import { nearestName } from '../../config/nearest-name.js';
import { TraceliftError } from '../../errors/index.js';
import { tables, type TableRole } from '../../tables/index.js';
import type { Table } from '../../tables/table.js';
import type { TableDescription } from '../../targets/warehouse.js';
import type { CommandContext } from '../context.js';
import { targetOption, withExamples, withJson, type PlaceFlags } from '../options/flags.js';
import type { CliSession, TargetPlace } from '../session.js';
import { print } from '../terminal/output.js';
import { count, plural, textTable, type Paint } from '../terminal/text.js';

export function options(program: Command, context: CommandContext): void {
  const command = withJson(
    program
      .command('tables')
      .summary('tables and columns, with their meaning')
      .description(
        'Lists the tables of a target with their rows and what they hold; with a name, the columns of one table and their meaning.',
      )
      .argument('[table]', 'one table, with its columns')
      .option(...targetOption),
  ).action(async (table: string | undefined, flags: PlaceFlags) => {
    print(context.io, flags, await load(await context.session(), table, flags), view);
  });
  withExamples(command, 'tracelift tables genai_processed_traces_gold');
}

export interface TablesModel {
  readonly target: TargetPlace;
  /** False before the first run: the tables are shown as they will be. */
  readonly exists: boolean;
  readonly tables: readonly TableDescription[];
}

/** All tables, or the one that is asked for. @throws TableUnknown, TargetNotConfigured and the codes of the warehouse */
export async function load(
  session: CliSession,
  wanted: string | undefined,
  { target }: PlaceFlags,
): Promise<TablesModel> {
  const exists = session.targetExists(target);
  const found = exists
    ? await (await session.readTarget(target)).describeTables()
    : plannedTables(session.targetConfig(target).tableNames);
  return { target: session.place(target), exists, tables: wanted === undefined ? found : [oneOf(found, wanted)] };
}

function plannedTables(names: Readonly<Record<TableRole, string>>): TableDescription[] {
  return (Object.entries(tables) as [TableRole, Table][]).map(([role, table]) => ({
    role,
    name: names[role],
    comment: table.comment,
    columns: Object.entries(table.columns).map(([name, column]) => ({ name, ...column })),
    rows: null,
  }));
}

/** One table by name or role. @throws TableUnknown */
function oneOf(all: readonly TableDescription[], wanted: string): TableDescription {
  const found = all.find((table) => table.role === wanted || bareName(table.name) === wanted);
  if (found !== undefined) return found;
  const names = all.map((table) => bareName(table.name));
  const meant = nearestName(wanted, names);
  const suggestion = meant === null ? '.' : `; did you mean ${meant}?`;
  throw new TraceliftError('TableUnknown', { table: wanted, suggestion, tables: names.join(', ') });
}

function bareName(name: string): string {
  return (name.split('.').at(-1) ?? name).replaceAll(/["`]/g, '');
}

/** One table with every column, several with one line each. */
export function view(model: TablesModel, paint: Paint): string {
  const [first, ...others] = model.tables;
  return first !== undefined && others.length === 0 ? columnTable(first, paint) : overview(model, paint);
}

function overview(model: TablesModel, paint: Paint): string {
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

function columnTable(table: TableDescription, paint: Paint): string {
  const rows = table.columns.map((column) => [
    column.name,
    column.type,
    column.nullable ? '' : 'never NULL',
    column.comment,
  ]);
  const size = table.rows === null ? '' : `, ${plural(table.rows, 'row')}`;
  return `${paint.bold(table.name)}${size}\n${table.comment}\n\n${textTable(['column', 'type', '', 'meaning'], rows, paint)}`;
}
