/**
 * The difference of two shares over clusters, whose interval is never empty. Pure.
 *
 * R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17,
 * 1998, method 10: out of two of Wilson's intervals, here for as many independent values as would be equally sure.
 */
import { clusteredDifference, type ClusteredDifference, type ClusteredMean } from './clustered-mean.js';
import { wilsonInterval, type ConfidenceInterval } from './proportions.js';

/** @returns null where one of them has fewer than two clusters, or where both are sure and differ */
export function shareDifference(
  first: ClusteredMean,
  second: ClusteredMean,
  confidence: number,
): ClusteredDifference | null {
  if (first.standardError === null || second.standardError === null) return null;
  const byT = clusteredDifference(first, second, confidence);
  const [before, after] = [shareInterval(first, confidence), shareInterval(second, confidence)];
  const difference = second.mean - first.mean;
  const interval = {
    low: difference - Math.hypot(second.mean - after.low, before.high - first.mean),
    high: difference + Math.hypot(after.high - second.mean, first.mean - before.low),
  };
  if (byT !== null) return { ...byT, interval };
  return difference === 0 ? { difference, standardError: 0, degreesOfFreedom: 1, pvalue: 1, interval } : null;
}

function shareInterval(
  { mean, standardError, degreesOfFreedom }: ClusteredMean,
  confidence: number,
): ConfidenceInterval {
  const variance = (standardError ?? 0) ** 2;
  const effective = variance === 0 ? degreesOfFreedom + 1 : (mean * (1 - mean)) / variance;
  return wilsonInterval(mean * effective, effective, confidence);
}
