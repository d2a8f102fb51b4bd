/** How raw rows are read again. Pure; imports types only. */
import type { TraceKey, TraceScope } from '../../tables/trace-key.js';

/** Trace ids of one experiment of one source. */
export interface ScopedIds {
  readonly scope: TraceScope;
  readonly traceIds: readonly string[];
}

/** Keys by their experiment, in the order in which the experiments come first. */
export function byScope(keys: readonly TraceKey[]): ScopedIds[] {
  const groups = new Map<string, { scope: TraceScope; traceIds: string[] }>();
  for (const { sourceId, experimentId, traceId } of keys) {
    const name = JSON.stringify([sourceId, experimentId]);
    const group = groups.get(name) ?? { scope: { sourceId, experimentId }, traceIds: [] };
    group.traceIds.push(traceId);
    groups.set(name, group);
  }
  return [...groups.values()];
}
