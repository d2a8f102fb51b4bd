/** Two reports of one call as one: the second knows parts that the first leaves out. Pure. */
import type { TokenUsage } from './token-usage.js';

/** The first report with the parts that only the second knows; the first alone where they are of different calls. */
export function completed(first: TokenUsage | null, second: TokenUsage | null): TokenUsage | null {
  if (first === null || second === null) return first ?? second;
  if (!isSameCall(first, second)) return first;
  return { ...first, ...cacheOf(first, second), reasoningTokens: first.reasoningTokens ?? second.reasoningTokens };
}

/** Whether a report says anything about a prompt cache. */
export function knowsCache({ cachedInputTokens, cacheWrite5mTokens, cacheWrite1hTokens }: TokenUsage): boolean {
  return cachedInputTokens !== null || cacheWrite5mTokens !== null || cacheWrite1hTokens !== null;
}

/** Same output, and same input: with the cache, or without the cached part that was added in the second. */
function isSameCall(first: TokenUsage, second: TokenUsage): boolean {
  if (first.outputTokens !== second.outputTokens || first.inputTokens === null) return false;
  return first.inputTokens === second.inputTokens || isWithoutCache(first, second);
}

function isWithoutCache(first: TokenUsage, second: TokenUsage): boolean {
  const apart = (second.inputTokens ?? 0) - cacheTokens(second);
  return second.isCacheAdded && !knowsCache(first) && first.inputTokens === apart;
}

function cacheTokens(usage: TokenUsage): number {
  return (usage.cachedInputTokens ?? 0) + writtenTokens(usage);
}

function writtenTokens({ cacheWrite5mTokens, cacheWrite1hTokens }: TokenUsage): number {
  return (cacheWrite5mTokens ?? 0) + (cacheWrite1hTokens ?? 0);
}

function cacheOf(first: TokenUsage, second: TokenUsage): Partial<TokenUsage> {
  if (!knowsCache(second)) return {};
  if (!knowsCache(first)) {
    return {
      inputTokens: second.inputTokens,
      cachedInputTokens: second.cachedInputTokens,
      cacheWrite5mTokens: second.cacheWrite5mTokens,
      cacheWrite1hTokens: second.cacheWrite1hTokens,
      totalTokens: Math.max(first.totalTokens ?? 0, (second.inputTokens ?? 0) + (first.outputTokens ?? 0)),
      isCacheAdded: second.isCacheAdded,
    };
  }
  if (cacheTokens(first) !== cacheTokens(second)) return {};
  const isCacheAdded = first.isCacheAdded || second.isCacheAdded;
  if (first.cacheWrite1hTokens !== null || second.cacheWrite1hTokens === null) return { isCacheAdded };
  return {
    isCacheAdded,
    cacheWrite5mTokens: second.cacheWrite5mTokens,
    cacheWrite1hTokens: second.cacheWrite1hTokens,
  };
}
