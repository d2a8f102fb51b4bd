/** Loads what `tracelift tables`, `query`, `dead-letters list` and `config` show. Never prints. */
import { maskedConfig, type Config } from '../../config/index.js';
import { TraceliftError } from '../../errors/index.js';
import { tables, type TableRole } from '../../tables/index.js';
import type { DeadLetterRow } from '../../tables/rows.js';
import type { Table } from '../../tables/table.js';
import type { QueryResult, TableDescription } from '../../targets/warehouse.js';
import { targetPlace, type CliSession, type TargetPlace } from '../session.js';

export interface TablesModel {
  readonly target: TargetPlace;
  /** False before the first run: the tables are shown as they will be. */
  readonly exists: boolean;
  readonly tables: readonly TableDescription[];
}

/** @throws TargetNotConfigured and the codes of the warehouse */
export async function loadTables(session: CliSession, target: string | undefined): Promise<TablesModel> {
  const place = targetPlace(session, target);
  if (!session.targetExists(target)) {
    const { tableNames } = session.targetConfig(target);
    return { target: place, exists: false, tables: plannedTables(tableNames) };
  }
  const warehouse = await session.readTarget(target);
  return { target: place, exists: true, tables: await warehouse.describeTables() };
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

/** One table by name or role. @throws InvalidOption */
export function selectTable(model: TablesModel, wanted: string): TablesModel {
  const found = model.tables.filter((table) => table.role === wanted || bareName(table.name) === wanted);
  if (found.length > 0) return { ...model, tables: found };
  throw new TraceliftError('InvalidOption', {
    option: 'The table',
    problem: `there is no ${wanted}; there are ${model.tables.map((table) => bareName(table.name)).join(', ')}`,
    example: `tracelift tables ${bareName(model.tables[0]?.name ?? '')}`,
    command: 'tables',
  });
}

function bareName(name: string): string {
  return (name.split('.').at(-1) ?? name).replaceAll(/["`]/g, '');
}

/** One read-only statement. @throws QueryRefused, QueryFailed and the codes of the warehouse */
export async function runQuery(
  session: CliSession,
  sql: string,
  options: { readonly target?: string; readonly limit: number },
): Promise<QueryResult> {
  requireTables(session, options.target);
  const warehouse = await session.readTarget(options.target);
  return await warehouse.query(sql, { limit: options.limit });
}

/** A command that reads must not make an empty database. @throws NoTables */
export function requireTables(session: CliSession, target: string | undefined): void {
  if (session.targetExists(target)) return;
  const { name, location } = targetPlace(session, target);
  throw new TraceliftError('NoTables', { target: name, location });
}

export interface DeadLettersModel {
  readonly target: TargetPlace;
  readonly limit: number;
  readonly deadLetters: readonly DeadLetterRow[];
}

/** Open dead letters, at most `limit`. */
export async function listDeadLetters(
  session: CliSession,
  options: { readonly target?: string; readonly experiment?: string; readonly limit: number },
): Promise<DeadLettersModel> {
  requireTables(session, options.target);
  const warehouse = await session.readTarget(options.target);
  const { experiment, limit } = options;
  const deadLetters = await warehouse.listDeadLetters({
    ...(experiment === undefined ? {} : { experimentId: experiment }),
    limit,
  });
  return { target: targetPlace(session, options.target), limit, deadLetters };
}

/** The configuration in force, secrets masked. */
export function loadConfigModel(session: CliSession): Config {
  return maskedConfig(session.config);
}
