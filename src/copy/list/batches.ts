/** How the difference of a page is cut into batches. Pure; imports nothing. */

/** Limits of one batch. A single trace above `maxBytes` gets a batch of its own. */
export interface BatchLimits {
  /** 1 or more. */
  readonly maxTraces: number;
  readonly maxBytes: number;
}

/**
 * Cuts items into runs in their order, each within the limits.
 * @param sizeBytes expected size of an item's spans; unknown sizes are the caller's guess.
 */
export function planBatches<Item>(
  items: readonly Item[],
  sizeBytes: (item: Item) => number,
  limits: BatchLimits,
): Item[][] {
  const batches: Item[][] = [];
  let current: Item[] = [];
  let currentBytes = 0;
  for (const item of items) {
    const bytes = sizeBytes(item);
    const isFull = current.length >= limits.maxTraces || currentBytes + bytes > limits.maxBytes;
    if (isFull && current.length > 0) {
      batches.push(current);
      current = [];
      currentBytes = 0;
    }
    current.push(item);
    currentBytes += bytes;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}
