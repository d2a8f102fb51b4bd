/**
 * Spans that came after their trace was read, found by counting: nothing in the listing tells of them. Where the source
 * counts more than the tables hold, the window is cut in halves until few traces are left to be read again.
 */
import type { TraceSource } from '../../sources/trace-source.js';
import type { TraceScope } from '../../tables/trace-key.js';
import type { SpanSum, Warehouse } from '../../targets/warehouse.js';
import { unionIntervals } from '../prepare/coverage.js';
import type { Interval } from '../prepare/coverage.js';
import type { CallOptions } from '../../call-options.js';

/** Reading the spans of so many traces costs no more than counting on. */
const fewTraces = 50;
/** Cuts of one window: each is a count on either side. */
const maxCuts = 24;

/** Spans that the source counts beyond those in the tables, and where the traces start that they belong to. */
interface LateSpans {
  readonly spans: number;
  readonly within: readonly Interval[];
}

export const noLateSpans: LateSpans = { spans: 0, within: [] };

interface Sides {
  readonly source: TraceSource;
  readonly warehouse: Warehouse;
  readonly scope: TraceScope;
}

/** A stretch, and how many spans of its traces either side has. */
interface CountedStretch extends Interval {
  readonly counted: number;
  readonly landed: SpanSum;
}

/**
 * None where the source cannot count. It counts no spans that lie in artifacts, so that it may count fewer than the
 * tables hold; then nothing is concluded.
 */
export async function findLateSpans(
  sides: Sides,
  { fromMs, toMs }: Interval,
  options: CallOptions,
): Promise<LateSpans> {
  const window = await countSides(sides, { fromMs, toMs }, options);
  if (window === null || excessOf(window) <= 0) return noLateSpans;
  const open = [window];
  const found: Interval[] = [];
  for (let cuts = 0; ;) {
    const stretch = open.pop();
    if (stretch === undefined) break;
    if (excessOf(stretch) <= 0) continue;
    const isSmall = stretch.landed.traces <= fewTraces || stretch.toMs - stretch.fromMs <= 1;
    const halves = isSmall || cuts >= maxCuts ? null : await cutInHalves(sides, stretch, options);
    if (halves === null) found.push(stretch);
    else open.push(...halves);
    cuts += 1;
    options.onProgress?.();
  }
  return { spans: excessOf(window), within: unionIntervals(found.map(boundsOf)) };
}

const excessOf = ({ counted, landed }: CountedStretch): number => counted - landed.spans;

const boundsOf = ({ fromMs, toMs }: Interval): Interval => ({ fromMs, toMs });

async function countSides(
  { source, warehouse, scope }: Sides,
  { fromMs, toMs }: Interval,
  options: CallOptions,
): Promise<CountedStretch | null> {
  const counted = await source.countSpans(scope.experimentId, fromMs, toMs, options);
  if (counted === null) return null;
  return { fromMs, toMs, counted, landed: await warehouse.sumSpans(scope, fromMs, toMs) };
}

/** What is not in the left half is in the right one. */
async function cutInHalves(
  sides: Sides,
  { fromMs, toMs, counted, landed }: CountedStretch,
  options: CallOptions,
): Promise<readonly CountedStretch[] | null> {
  const middleMs = Math.floor((fromMs + toMs) / 2);
  const left = await countSides(sides, { fromMs, toMs: middleMs }, options);
  if (left === null) return null;
  const right = {
    ...{ fromMs: middleMs, toMs, counted: counted - left.counted },
    landed: { traces: landed.traces - left.landed.traces, spans: landed.spans - left.landed.spans },
  };
  return [left, right];
}
