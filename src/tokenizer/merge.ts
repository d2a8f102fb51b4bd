/**
 * Byte-pair merging: how many tokens the bytes of one piece become. Always the pair of neighbours with the lowest rank
 * is merged first, the leftmost of equals. Imports this folder only.
 */
import { noRank, type RankTable } from './rank-table.js';

/** Longest piece, in bytes, for which looking at every pair in every step is the fastest way. */
export const maxShortBytes = 128;

const starts = new Int32Array(maxShortBytes + 1);
const pairRanks = new Int32Array(maxShortBytes + 1);

/** Tokens of a piece of 2..{@link maxShortBytes} bytes that is no token itself. */
export function countShortPiece(bytes: string, ranks: RankTable): number {
  let numParts = bytes.length;
  for (let index = 0; index < numParts; index++) {
    starts[index] = index;
    pairRanks[index] =
      index + 1 < numParts ? ranks.rankOfPair(bytes.charCodeAt(index), bytes.charCodeAt(index + 1)) : noRank;
  }
  starts[numParts] = numParts;
  for (;;) {
    let best = noRank;
    let at = -1;
    for (let index = 0; index < numParts - 1; index++) {
      const rank = pairRanks[index] ?? noRank;
      if (rank < best) {
        best = rank;
        at = index;
      }
    }
    if (at < 0) return numParts;
    starts.copyWithin(at + 1, at + 2, numParts + 1);
    pairRanks.copyWithin(at + 1, at + 2, numParts);
    numParts--;
    pairRanks[at] = rankAt(at, numParts, bytes, ranks);
    if (at > 0) pairRanks[at - 1] = rankAt(at - 1, numParts, bytes, ranks);
  }
}

/** Rank of the part at an index together with the next one. */
function rankAt(index: number, numParts: number, bytes: string, ranks: RankTable): number {
  if (index + 1 >= numParts) return noRank;
  return ranks.rankOf(bytes.slice(starts[index] ?? 0, starts[index + 2] ?? 0));
}

/** Steps of a long merge between two looks at the clock. */
const stepsPerLook = 2_048;

/** 2^31: heap entries are `rank * 2^31 + position`, exact in a double, ordered by rank, then position. */
const positions = 0x80000000;

/**
 * Merging of one long piece, in portions: parts are a linked list over byte positions, pairs wait in a heap. Pairs
 * that changed meanwhile stay in the heap and are recognised by their rank.
 */
export class LongMerge {
  /** Tokens once {@link run} has returned true. */
  numParts: number;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  /** Rank of the part that starts here with the next part. */
  private readonly pairRank: Int32Array;
  private heap: Float64Array;
  private heapSize = 0;
  private numPrepared = 0;

  constructor(
    private readonly bytes: string,
    private readonly ranks: RankTable,
  ) {
    const { length } = bytes;
    this.numParts = length;
    this.next = new Int32Array(length);
    this.previous = new Int32Array(length);
    this.pairRank = new Int32Array(length);
    this.heap = new Float64Array(length + 2);
  }

  /** Works until done or until `isTimeUp`, which is asked every few thousand steps. True when done. */
  run(isTimeUp: () => boolean): boolean {
    for (;;) {
      if (this.numPrepared < this.bytes.length) this.prepareSome();
      else if (this.mergeSome()) return true;
      if (isTimeUp()) return false;
    }
  }

  private prepareSome(): void {
    const { bytes, next, previous, pairRank, ranks } = this;
    const end = Math.min(this.numPrepared + stepsPerLook, bytes.length);
    for (let at = this.numPrepared; at < end; at++) {
      next[at] = at + 1;
      previous[at] = at - 1;
      const rank = at + 1 < bytes.length ? ranks.rankOfPair(bytes.charCodeAt(at), bytes.charCodeAt(at + 1)) : noRank;
      pairRank[at] = rank;
      if (rank !== noRank) this.push(rank, at);
    }
    this.numPrepared = end;
  }

  private mergeSome(): boolean {
    const { pairRank } = this;
    for (let step = 0; step < stepsPerLook; step++) {
      if (this.heapSize === 0) return true;
      const entry = this.pop();
      const rank = Math.floor(entry / positions);
      const at = entry - rank * positions;
      if (pairRank[at] === rank) this.merge(at);
    }
    return false;
  }

  private merge(at: number): void {
    const { bytes, next, previous, pairRank } = this;
    const right = next[at] ?? 0;
    const behind = next[right] ?? 0;
    next[at] = behind;
    if (behind < bytes.length) previous[behind] = at;
    pairRank[right] = noRank;
    this.numParts--;
    this.rankAgain(at);
    const before = previous[at] ?? -1;
    if (before >= 0) this.rankAgain(before);
  }

  /** Looks up the pair that starts here, and queues it. */
  private rankAgain(at: number): void {
    const { bytes, next, pairRank, ranks } = this;
    const right = next[at] ?? 0;
    const end = right < bytes.length ? (next[right] ?? 0) : 0;
    const isPossible = end > 0 && end - at <= ranks.maxTokenBytes;
    const rank = isPossible ? ranks.rankOf(bytes.slice(at, end)) : noRank;
    pairRank[at] = rank;
    if (rank !== noRank) this.push(rank, at);
  }

  private push(rank: number, at: number): void {
    if (this.heapSize === this.heap.length) {
      const larger = new Float64Array(this.heap.length * 2);
      larger.set(this.heap);
      this.heap = larger;
    }
    const { heap } = this;
    const entry = rank * positions + at;
    let hole = this.heapSize++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent] ?? 0;
      if (above <= entry) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = entry;
  }

  private pop(): number {
    const { heap } = this;
    const top = heap[0] ?? 0;
    const size = --this.heapSize;
    const entry = heap[size] ?? 0;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      let below = heap[child] ?? 0;
      const right = heap[child + 1] ?? 0;
      if (child + 1 < size && right < below) {
        child++;
        below = right;
      }
      if (entry <= below) break;
      heap[hole] = below;
      hole = child;
    }
    heap[hole] = entry;
    return top;
  }
}
