/** What of a listing the tables hold just so, and what they hold of the rest. */
import { TraceliftError } from '../../errors/index.js';
import type { TraceScope } from '../../tables/trace-key.js';
import type { Warehouse } from '../../targets/warehouse.js';
import type { DifferingTrace, Versions } from './diff.js';

/**
 * The listed versions that are not landed as they are listed, or not to the end. That a version is not among them proves
 * that it is landed, so an answer that speaks of fewer versions than were asked for is refused.
 * @throws Internal, and what the warehouse throws
 */
export async function differingFromLanded(
  warehouse: Warehouse,
  scope: TraceScope,
  listed: Versions,
): Promise<readonly DifferingTrace[]> {
  if (listed.size === 0) return [];
  const { differing, numSame } = await warehouse.compare(scope, listed);
  if (differing.length + numSame < listed.size) {
    throw new TraceliftError('Internal', {
      where: `the comparison of ${String(listed.size)} listed traces with ${warehouse.location}`,
      reason: `it answered for ${String(differing.length + numSame)} of them`,
    });
  }
  return differing;
}
