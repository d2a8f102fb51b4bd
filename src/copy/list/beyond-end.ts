/**
 * Traces that start where no run can take them yet: clocks run ahead, and tests, imports and broken clients write 2163
 * or the year 9999. A window may only end in the past, so they are counted and named instead.
 */
import type { TraceSource } from '../../sources/trace-source.js';
import type { TracesBeyondEnd } from './beyond-end-rules.js';
import { namedBeyondEnd } from './beyond-end-rules.js';
import type { CallOptions } from '../../call-options.js';

/** The last instant that JavaScript can name; MLflow's own end is the year 9999. */
const endOfTimeMs = 8.64e15;
const pageSize = 500;

/**
 * One search from the end of the range on, and one count where the server can count.
 * @param endMs end of the range, exclusive, epoch milliseconds
 */
export async function findBeyondEnd(
  source: TraceSource,
  experimentId: string,
  endMs: number,
  options?: CallOptions,
): Promise<TracesBeyondEnd> {
  const request = { experimentId, fromMs: endMs, toMs: endOfTimeMs, maxResults: pageSize };
  const page = await source.searchPage(request, options);
  const isLastPage = page.nextPageToken === undefined;
  // Many that began just now would hide those that lie further ahead.
  const ahead = isLastPage ? null : await source.searchPage({ ...request, fromMs: page.observedAtMs }, options);
  const found = [...page.infos, ...page.unreadable, ...(ahead?.infos ?? []), ...(ahead?.unreadable ?? [])];
  const rows = found.map(({ traceId, startTimeMs }) => ({ traceId, startTimeMs }));
  const counted = await source.countTraces(experimentId, endMs, endOfTimeMs, options);
  return namedBeyondEnd(endMs, rows, { isLastPage, counted });
}
