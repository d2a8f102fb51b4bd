/** Rows that somebody else wrote a second time: sums over them are wrong, and no merge would ever say so. */
import { TraceliftError } from '../errors/index.js';
import type { TraceScope } from '../tables/trace-key.js';
import type { KeyedRole, Warehouse } from '../targets/warehouse.js';
import type { Interval } from './prepare/coverage.js';

/** Every table with rows of traces: for a comparison that takes its time. */
export const everyKeyedTable: readonly KeyedRole[] = ['gold', 'raw', 'spans', 'documents', 'assessments'];
/** Those with a row per trace, which are looked through by their time: for the beginning of a run. */
export const traceTables: readonly KeyedRole[] = ['gold', 'raw'];

/** @throws DuplicateRows */
export async function refuseDuplicates(
  warehouse: Warehouse,
  scope: TraceScope,
  { fromMs, toMs }: Interval,
  roles: readonly KeyedRole[],
): Promise<void> {
  for (const table of roles) {
    const { numKeys, traceIds } = await warehouse.duplicates(table, scope, fromMs, toMs);
    if (numKeys === 0) continue;
    const { location: path } = warehouse;
    throw new TraceliftError('DuplicateRows', { table, path, count: numKeys, ids: traceIds.join(', ') });
  }
}
