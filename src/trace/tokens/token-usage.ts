/** Token counts as model providers report them. Pure; imports nothing. */

/** Counts of one call or of several; null where a count was not reported. */
export interface TokenUsage {
  /** Everything that the model read, whatever of it came from a cache or was written to one. */
  readonly inputTokens: number | null;
  /** Part of the input that was read from a prompt cache. */
  readonly cachedInputTokens: number | null;
  /** Part of the input that was written to a prompt cache for 5 minutes, or for a time that was not told. */
  readonly cacheWrite5mTokens: number | null;
  /** Part of the input that was written to a prompt cache for an hour. */
  readonly cacheWrite1hTokens: number | null;
  readonly outputTokens: number | null;
  /** Part of the output that the model used for reasoning. */
  readonly reasoningTokens: number | null;
  /** Parts of input and output that were sound. */
  readonly audioInputTokens: number | null;
  readonly audioOutputTokens: number | null;
  /** As reported, never less than input and output together; without those of embeddings. */
  readonly totalTokens: number | null;
  /** What embedding models read; such a call has no other count. */
  readonly embeddingTokens: number | null;
  /** The provider left the cached part out of its input count; it was added here. */
  readonly isCacheAdded: boolean;
}

export const noUsage: TokenUsage = {
  inputTokens: null,
  cachedInputTokens: null,
  cacheWrite5mTokens: null,
  cacheWrite1hTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  audioInputTokens: null,
  audioOutputTokens: null,
  totalTokens: null,
  embeddingTokens: null,
  isCacheAdded: false,
};

/** All tokens of a report, by which reports are compared. */
export function amountOf(usage: Pick<TokenUsage, 'totalTokens' | 'embeddingTokens'> | null): number {
  return usage === null ? 0 : (usage.totalTokens ?? 0) + (usage.embeddingTokens ?? 0);
}

/** One of input and output is missing, and no total makes up for it: the call used more than it reported. */
export function isPartialReport({ inputTokens, outputTokens, totalTokens }: TokenUsage): boolean {
  return (inputTokens === null) !== (outputTokens === null) && totalTokens === (inputTokens ?? outputTokens);
}

/** What an embedding model reports is what it read: no prompt of a language model, and no part of its total. */
export function asEmbedding(usage: TokenUsage): TokenUsage {
  return { ...noUsage, embeddingTokens: usage.inputTokens ?? usage.totalTokens };
}

/** Count by count, each over the reports that have it; null for no report. */
export function sumOfUsages(usages: readonly TokenUsage[]): TokenUsage | null {
  const [first, ...others] = usages;
  if (first === undefined) return null;
  return others.reduce(together, first);
}

function together(left: TokenUsage, right: TokenUsage): TokenUsage {
  return {
    inputTokens: sum(left.inputTokens, right.inputTokens),
    cachedInputTokens: sum(left.cachedInputTokens, right.cachedInputTokens),
    cacheWrite5mTokens: sum(left.cacheWrite5mTokens, right.cacheWrite5mTokens),
    cacheWrite1hTokens: sum(left.cacheWrite1hTokens, right.cacheWrite1hTokens),
    outputTokens: sum(left.outputTokens, right.outputTokens),
    reasoningTokens: sum(left.reasoningTokens, right.reasoningTokens),
    audioInputTokens: sum(left.audioInputTokens, right.audioInputTokens),
    audioOutputTokens: sum(left.audioOutputTokens, right.audioOutputTokens),
    totalTokens: sum(left.totalTokens, right.totalTokens),
    embeddingTokens: sum(left.embeddingTokens, right.embeddingTokens),
    isCacheAdded: left.isCacheAdded || right.isCacheAdded,
  };
}

function sum(left: number | null, right: number | null): number | null {
  return left === null ? right : left + (right ?? 0);
}
