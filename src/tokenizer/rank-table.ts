/** Ranks of byte sequences: which of them are tokens, and which are merged first. Imports nothing of the project. */

/** Rank of what is no token: greater than every real one. */
export const noRank = 0x7fffffff;

/**
 * Byte sequences are strings with one character (0-255) per byte, so that they can be keys; ASCII text is its own key.
 */
export class RankTable {
  /** Texts that are one token. */
  readonly wholeTexts = new Set<string>();
  /** Bytes of the longest token. */
  readonly maxTokenBytes: number;
  private readonly ranks = new Map<string, number>();
  /** Ranks of all two-byte sequences, `first << 8 | second`. */
  private readonly pairRanks = new Int32Array(0x10000).fill(noRank);

  /** @param packed lines of `! <first rank> <base64> <base64> …`, js-tiktoken's form */
  constructor(packed: string) {
    let maxTokenBytes = 1;
    for (const line of packed.split('\n')) {
      const [, first, ...tokens] = line.split(' ');
      let rank = Number(first);
      for (const token of tokens) {
        const bytes = Buffer.from(token, 'base64');
        this.add(bytes, rank++);
        maxTokenBytes = Math.max(maxTokenBytes, bytes.length);
      }
    }
    this.maxTokenBytes = maxTokenBytes;
  }

  /** Rank of a byte sequence, or {@link noRank}. */
  rankOf(bytes: string): number {
    return this.ranks.get(bytes) ?? noRank;
  }

  /** Rank of two bytes, or {@link noRank}. */
  rankOfPair(first: number, second: number): number {
    return this.pairRanks[(first << 8) | second] ?? noRank;
  }

  private add(bytes: Buffer, rank: number): void {
    const key = bytes.toString('latin1');
    this.ranks.set(key, rank);
    if (bytes.length === 2) this.pairRanks[((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)] = rank;
    const text = bytes.toString('utf8');
    // Tokens may hold parts of characters: such bytes decode to a text that is not theirs.
    if (text.length === bytes.length ? text === key : Buffer.from(text, 'utf8').equals(bytes))
      this.wholeTexts.add(text);
  }
}

/** UTF-8 of a text as a byte sequence; lone surrogates become U+FFFD, as TextEncoder has them. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
