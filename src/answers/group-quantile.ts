/**
 * A quantile of one group with its uncertainty. The share of values at or below it is a mean over sessions, whose
 * interval is known; the values at the ends of that interval bound the quantile (R. S. Woodruff, "Confidence Intervals
 * for Medians and Other Position Measures", JASA 47, 1952).
 */
import { clusteredMean } from '../statistics/clustered-mean.js';
import { studentQuantile } from '../statistics/student-t.js';
import {
  confidence,
  noValue,
  type ComparedMeasure,
  type ComparisonQuestion,
  type EstimatedValue,
} from './comparison.js';
import type { GroupReader, Split, TraceGroup } from './questions.js';

export async function quantileOf(
  reader: GroupReader,
  { filter, column }: ComparisonQuestion,
  { measure, quantile }: ComparedMeasure,
  group: TraceGroup,
): Promise<EstimatedValue> {
  if (measure.kind !== 'column' || quantile === null) return { value: noValue, estimate: null };
  const alone: Split = { column, baseline: group.value, candidate: group.value };
  const at = async (shares: readonly number[]): Promise<readonly number[]> =>
    (await reader.groupQuantiles(filter, alone, measure.name, shares))[0]?.values ?? [];
  const [limit] = await at([quantile]);
  if (limit === undefined) return { value: noValue, estimate: null };
  const [sums] = await reader.groupSums(filter, alone, [{ kind: 'atMost', name: measure.name, limit }]);
  if (sums === undefined) return { value: noValue, estimate: null };
  const { numValues, numClusters: numSessions } = sums;
  const value = { value: limit, numValues, numSessions, coverage: numValues / group.numTraces };
  const share = clusteredMean(sums);
  if (share === null || share.standardError === null) return { value, estimate: null };
  const t = studentQuantile(1 - (1 - confidence) / 2, share.degreesOfFreedom);
  const half = t * share.standardError;
  const [low = limit, high = limit] = await at([Math.max(0, quantile - half), Math.min(1, quantile + half)]);
  const standardError = (high - low) / (2 * t);
  return { value, estimate: { mean: limit, standardError, degreesOfFreedom: share.degreesOfFreedom } };
}
