/** Everything that a warehouse holds, in a form that two warehouses or two runs can be compared by. */
import { type TableRole, tables } from '../../src/tables/index.js';
import type { QueryResult, Warehouse } from '../../src/targets/warehouse.js';

type Value = QueryResult['rows'][number][number];
export type DumpedRow = Readonly<Record<string, Value>>;
export type Dump = Readonly<Record<string, readonly DumpedRow[]>>;

export interface DumpOptions {
  /** Only rows of this experiment; tables without experiments are left out then. Default: all. */
  readonly experimentId?: string;
  /** Default: all but the ledger and the facts about the tables. */
  readonly roles?: readonly TableRole[];
  /** How to ask. Default: `query` of the warehouse. A faster way need not give values in the same form. */
  readonly read?: (sql: string) => Promise<QueryResult>;
  /** Spares asking the warehouse for them. */
  readonly tableNames?: Readonly<Record<TableRole, string>>;
  /** Keeps the columns that tell when something was written. Default: false. */
  readonly withWriteTimes?: boolean;
}

const traceTables: readonly TableRole[] = [
  'assessments',
  'spans',
  'documents',
  'attachments',
  'catalog',
  'raw',
  'deadLetters',
  'gold',
];

/** Columns that say when tracelift wrote a row: they differ between two runs that did the same. */
const writeTimes: ReadonlySet<string> = new Set(['committed_at', 'first_seen_at', 'updated_at', 'verified_at']);

/** Rows of every table, sorted by key, with all columns that the table has (also those of metrics). */
export async function dumpTables(warehouse: Warehouse, options: DumpOptions = {}): Promise<Dump> {
  const { experimentId, roles = traceTables, withWriteTimes = false } = options;
  const read = options.read ?? ((sql) => warehouse.query(sql, { limit: 100_000 }));
  const nameOf = await tableNames(warehouse, options.tableNames);
  const dump: Record<string, readonly DumpedRow[]> = {};
  for (const role of roles) {
    const name = nameOf(role);
    const hasExperiment = Object.hasOwn(tables[role].columns, 'experiment_id');
    if (name === null || (experimentId !== undefined && !hasExperiment)) continue;
    const where = experimentId === undefined ? '' : ` WHERE experiment_id = '${experimentId}'`;
    const rows = asRows(await read(`SELECT * FROM ${name}${where} ORDER BY ${tables[role].key.join(', ')}`));
    dump[role] = withWriteTimes ? rows : rows.map(withoutWriteTimes);
  }
  return dump;
}

const withoutWriteTimes = (row: DumpedRow): DumpedRow =>
  Object.fromEntries(Object.entries(row).filter(([column]) => !writeTimes.has(column)));

/** When a version was listed differs between two runs that copied the same. */
export function withoutObservationTimes(dump: Dump): Dump {
  const isTime = (column: string): boolean => column.endsWith('observed_at');
  const withoutTimes = (row: DumpedRow): DumpedRow =>
    Object.fromEntries(Object.entries(row).filter(([column]) => !isTime(column)));
  return Object.fromEntries(Object.entries(dump).map(([role, rows]) => [role, rows.map(withoutTimes)]));
}

/** Names of the tables that exist, as the warehouse describes them unless they are given. */
async function tableNames(warehouse: Warehouse, given: DumpOptions['tableNames']) {
  if (given !== undefined) return (role: TableRole) => given[role];
  const described = await warehouse.describeTables();
  return (role: TableRole): string | null => {
    const table = described.find((one) => one.role === role);
    return table === undefined || table.rows === null ? null : table.name;
  };
}

/** Rows of a query as objects. */
export function asRows({ columns, rows }: QueryResult): DumpedRow[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])));
}
