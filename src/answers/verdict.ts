/** What is concluded of one measure. Pure. */
import { clustersToDecide, type ClusteredDifference } from '../statistics/clustered-mean.js';
import { minSessions, type Compared, type MeasureComparison, type Verdict } from './comparison.js';

/** A change counts where its q-value is at most this. */
const significance = 0.05;

export function conclude(
  { measure: { name, higherIsBetter }, baseline, candidate, difference }: Compared,
  qvalue: number | null,
  margin: number | null,
  warnings: readonly string[],
): MeasureComparison {
  const change = baseline.value === null || candidate.value === null ? null : candidate.value - baseline.value;
  const numSessions = Math.min(baseline.numSessions, candidate.numSessions);
  const isEnough = difference !== null && numSessions >= minSessions;
  const verdict = isEnough ? verdictOf(difference, qvalue ?? 1, higherIsBetter, margin) : 'undecided';
  return {
    name,
    higherIsBetter,
    baseline,
    candidate,
    change,
    changePercent: percentOf(change, baseline.value),
    interval: difference?.interval ?? null,
    pvalue: difference?.pvalue ?? null,
    qvalue,
    verdict,
    sessionsToDecide: isEnough && verdict === 'undecided' ? sessionsToDecide(difference, numSessions, margin) : null,
    warnings,
  };
}

const percentOf = (change: number | null, base: number | null): number | null =>
  change === null || base === null || base === 0 ? null : (100 * change) / Math.abs(base);

function sessionsToDecide(
  difference: ClusteredDifference | null,
  numSessions: number,
  margin: number | null,
): number | null {
  const wanted = margin ?? difference?.difference ?? 0;
  return difference === null || wanted === 0 ? null : clustersToDecide(difference, numSessions, wanted);
}

function verdictOf(
  { difference, interval }: ClusteredDifference,
  qvalue: number,
  higherIsBetter: boolean | null,
  margin: number | null,
): Verdict {
  const isSure = qvalue <= significance && (interval.low > 0 || interval.high < 0);
  if (isSure) return sureVerdict(difference > 0, higherIsBetter);
  if (margin === null || higherIsBetter === null) return 'undecided';
  return (higherIsBetter ? interval.low > -margin : interval.high < margin) ? 'not worse' : 'undecided';
}

function sureVerdict(isHigher: boolean, higherIsBetter: boolean | null): Verdict {
  if (higherIsBetter === null) return isHigher ? 'higher' : 'lower';
  return isHigher === higherIsBetter ? 'better' : 'worse';
}
