/**
 * Counts the tokens of a text exactly as js-tiktoken's `encode(text, [], []).length` does (special tokens inside the
 * text are text), several times as fast, and without ever holding the event loop for long: whatever a text looks
 * like, heartbeats go on. Imports this folder only.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { loadEncoding, type Encoding, type EncodingName } from './encodings.js';
import { countShortPiece, LongMerge, maxShortBytes } from './merge.js';
import { bytesOf, noRank } from './rank-table.js';
import type { CallOptions } from '../call-options.js';

export interface TokenCounterOptions {
  /** Default `cl100k_base`. */
  readonly encoding?: EncodingName;
}

export interface TokenCounter {
  readonly encoding: EncodingName;
  /** Number of tokens. Yields to the event loop about every 10 ms, and then calls `onProgress`. */
  count(text: string, options?: CallOptions): Promise<number>;
  /**
   * The same at once, without a promise; null where the text might take longer than some 20 ms, and before the first
   * `count` or `load` has loaded the rank table.
   */
  countNow(text: string): number | null;
  /** Loads the rank table (0.2-0.5 s) before it is needed. */
  load(): Promise<void>;
}

/** Longest text of `countNow`, in UTF-16 code units. */
const maxNowChars = 32_768;

/** Longest piece that `countNow` merges, in UTF-16 code units. */
const maxNowPieceChars = 1_024;

/** How long a count works before it lets the event loop run. */
const maxTurnMs = 8;

/** Pieces between two looks at the clock. */
const piecesPerLook = 512;

/** Creates a counter. It keeps the pieces that it saw, up to a bound: share one per worker. */
export function createTokenCounter(options: TokenCounterOptions = {}): TokenCounter {
  const encoding = options.encoding ?? 'cl100k_base';
  let loading: Promise<PieceCounter> | null = null;
  let loaded: PieceCounter | null = null;
  const load = (): Promise<PieceCounter> => {
    loading ??= loadEncoding(encoding).then((tables) => (loaded = new PieceCounter(tables)));
    return loading;
  };
  return {
    encoding,
    async count(text, countOptions = {}) {
      return countInTurns(await load(), text, countOptions);
    },
    countNow: (text) => (loaded === null || text.length > maxNowChars ? null : countAtOnce(loaded, text)),
    async load() {
      await load();
    },
  };
}

function countAtOnce(pieces: PieceCounter, text: string): number | null {
  let numTokens = 0;
  for (let from = 0; from < text.length;) {
    const end = pieces.split(text, from);
    if (end - from > maxNowPieceChars) return null;
    numTokens += pieces.count(text.slice(from, end));
    from = end;
  }
  return numTokens;
}

async function countInTurns(pieces: PieceCounter, text: string, options: CallOptions): Promise<number> {
  options.signal?.throwIfAborted();
  const turn = new Turn(options);
  let numTokens = 0;
  let untilLook = piecesPerLook;
  for (let from = 0; from < text.length;) {
    const end = pieces.split(text, from);
    const piece = text.slice(from, end);
    from = end;
    if (piece.length > maxNowPieceChars) {
      const inPiece = await countLongPiece(pieces, piece, turn);
      numTokens += inPiece;
    } else {
      numTokens += pieces.count(piece);
      if (--untilLook > 0) continue;
    }
    untilLook = piecesPerLook;
    if (turn.isOver()) await turn.letOthersRun();
  }
  return numTokens;
}

async function countLongPiece(pieces: PieceCounter, piece: string, turn: Turn): Promise<number> {
  if (turn.isOver()) await turn.letOthersRun();
  const merge = pieces.longMerge(piece);
  while (!merge.run(() => turn.isOver())) await turn.letOthersRun();
  return merge.numParts;
}

/** The share of the event loop that one count has. */
class Turn {
  private endsAtMs = performance.now() + maxTurnMs;

  constructor(private readonly options: CallOptions) {}

  isOver(): boolean {
    return performance.now() >= this.endsAtMs;
  }

  async letOthersRun(): Promise<void> {
    await nextTurn();
    this.options.signal?.throwIfAborted();
    this.options.onProgress?.();
    this.endsAtMs = performance.now() + maxTurnMs;
  }
}

/** Pieces that were merged once are remembered: two generations of so many, the older one is dropped as a whole. */
const maxRemembered = 100_000;

/** Longer pieces hardly come again, and would fill the memory. UTF-16 code units. */
const maxRememberedChars = 64;

class PieceCounter {
  private recent = new Map<string, number>();
  private older = new Map<string, number>();

  constructor(private readonly tables: Encoding) {}

  split(text: string, from: number): number {
    return this.tables.split(text, from);
  }

  /** Tokens of one piece. */
  count(piece: string): number {
    if (this.tables.ranks.wholeTexts.has(piece)) return 1;
    return this.recent.get(piece) ?? this.countUnknown(piece);
  }

  longMerge(piece: string): LongMerge {
    return new LongMerge(bytesOf(piece), this.tables.ranks);
  }

  private countUnknown(piece: string): number {
    const numTokens = this.older.get(piece) ?? this.merge(piece);
    if (piece.length > maxRememberedChars) return numTokens;
    if (this.recent.size >= maxRemembered) {
      this.older = this.recent;
      this.recent = new Map();
    }
    this.recent.set(piece, numTokens);
    return numTokens;
  }

  private merge(piece: string): number {
    const { ranks } = this.tables;
    const bytes = bytesOf(piece);
    if (bytes.length === 1 || ranks.rankOf(bytes) !== noRank) return 1;
    if (bytes.length <= maxShortBytes) return countShortPiece(bytes, ranks);
    const merge = new LongMerge(bytes, ranks);
    merge.run(() => false);
    return merge.numParts;
  }
}
