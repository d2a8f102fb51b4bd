/**
 * Means of values that come in clusters: traces of one session are alike, so sessions are what is independent. Pure.
 *
 * The mean is a ratio of two sums over sessions (of the values, of their number); its variance is the one of Taylor's
 * linearization (W. G. Cochran, "Sampling Techniques", 3rd edition, 1977, section 6.4), with k/(k - 1) for k sessions.
 */
import type { ConfidenceInterval } from './proportions.js';
import { studentQuantile, studentTest } from './student-t.js';

/** What is known of one group of values; a warehouse can compute it without handing out rows. */
export interface ClusteredSums {
  /** Clusters with at least one value. */
  readonly numClusters: number;
  readonly numValues: number;
  /** Of all values; NaN or anything where there is none. */
  readonly mean: number;
  /** Sum over clusters of `(sum of its values - mean * number of its values)^2`. */
  readonly squaredResiduals: number;
}

/** A mean with its uncertainty. `standardError` is null below two clusters: nothing can be said. */
export interface ClusteredMean {
  readonly mean: number;
  readonly standardError: number | null;
  /** Clusters less one. */
  readonly degreesOfFreedom: number;
}

/** @returns null where there is no value */
export function clusteredMean(sums: ClusteredSums): ClusteredMean | null {
  const { numClusters, numValues, mean, squaredResiduals } = sums;
  if (numClusters < 1 || numValues < 1) return null;
  const variance = (numClusters / (numClusters - 1)) * (squaredResiduals / numValues ** 2);
  return {
    mean,
    standardError: numClusters < 2 ? null : Math.sqrt(Math.max(0, variance)),
    degreesOfFreedom: numClusters - 1,
  };
}

/** The interval of a mean by t; null where its standard error is unknown. */
export function intervalOf(estimate: ClusteredMean, confidence: number): ConfidenceInterval | null {
  if (estimate.standardError === null) return null;
  const half = studentQuantile(1 - (1 - confidence) / 2, estimate.degreesOfFreedom) * estimate.standardError;
  return { low: estimate.mean - half, high: estimate.mean + half };
}

/** How far two means are from each other. */
export interface ClusteredDifference {
  /** Second less first. */
  readonly difference: number;
  readonly standardError: number;
  /** Of Welch and Satterthwaite. */
  readonly degreesOfFreedom: number;
  /** Two-sided, 0..1: how likely at least such a difference is where nothing differs. */
  readonly pvalue: number;
  readonly interval: ConfidenceInterval;
}

/**
 * Compares the means of two groups that share no cluster.
 *
 * @param confidence of the interval, such as 0.95
 * @returns null where one of them has fewer than two clusters, or where no value varies: then nothing can be said
 */
export function clusteredDifference(
  first: ClusteredMean,
  second: ClusteredMean,
  confidence: number,
): ClusteredDifference | null {
  if (first.standardError === null || second.standardError === null) return null;
  const [a, b] = [first.standardError ** 2, second.standardError ** 2];
  const standardError = Math.sqrt(a + b);
  if (standardError === 0) return null;
  const degreesOfFreedom = (a + b) ** 2 / (a ** 2 / first.degreesOfFreedom + b ** 2 / second.degreesOfFreedom);
  const difference = second.mean - first.mean;
  const half = studentQuantile(1 - (1 - confidence) / 2, degreesOfFreedom) * standardError;
  return {
    difference,
    standardError,
    degreesOfFreedom,
    pvalue: studentTest(difference / standardError, degreesOfFreedom),
    interval: { low: difference - half, high: difference + half },
  };
}

/**
 * How many clusters each group would need for an interval that leaves out `margin` on one side, if the next clusters vary
 * like those seen. At least 2; infinite for a margin of 0.
 */
export function clustersToDecide(difference: ClusteredDifference, numClusters: number, margin: number): number {
  const half = difference.interval.high - difference.difference;
  const wanted = Math.abs(margin);
  return Math.max(2, Math.ceil(numClusters * (half / wanted) ** 2));
}
