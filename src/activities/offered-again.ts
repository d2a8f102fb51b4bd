/** When a step that another worker of the queue has to do is offered again. Pure; imports nothing. */

/**
 * Milliseconds: soon at first, since the right worker may be at work on the same queue; later a minute at the most,
 * since where there is none nobody is to be kept busy.
 */
export function offeredAgainAfterMs(attempt: number): number {
  return Math.min(500 * attempt, 60_000);
}
