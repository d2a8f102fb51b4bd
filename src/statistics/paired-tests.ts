/**
 * Tests of paired values: the same question, answered by both. Pure.
 *
 * Which test is used when follows `mlflow.genai.compare_evaluations` (MLflow 3.18,
 * mlflow/genai/evaluation/comparison/significance_tests.py), so that both give the same names and numbers.
 */
import { evenCoinTest } from './binomial.js';
import { chiSquaredSurvival } from './incomplete-gamma.js';
import { normalSurvival } from './normal.js';

export interface PairedTest {
  readonly method: 'mcnemar_exact' | 'mcnemar_chi2' | 'wilcoxon_exact' | 'wilcoxon_asymptotic';
  /** Two-sided, 0..1. */
  readonly pvalue: number;
}

/** From so many pairs that differ on, McNemar's test is approximated. */
const mcnemarApproximateFrom = 25;
/** Up to so many differences that are not 0, every sign of every rank is counted. */
const wilcoxonExactUpTo = 50;

/**
 * McNemar's test for values that are 0 or 1.
 *
 * @param improved pairs that went from 0 to 1
 * @param regressed pairs that went from 1 to 0
 */
export function mcnemarTest(improved: number, regressed: number): PairedTest {
  const discordant = improved + regressed;
  if (discordant < mcnemarApproximateFrom) {
    return { method: 'mcnemar_exact', pvalue: discordant === 0 ? 1 : evenCoinTest(improved, discordant) };
  }
  const statistic = (Math.abs(improved - regressed) - 1) ** 2 / discordant;
  return { method: 'mcnemar_chi2', pvalue: chiSquaredSurvival(statistic, 1) };
}

/**
 * Wilcoxon's signed-rank test. Differences of 0 are left out; where sizes repeat, they share the mean of their ranks,
 * and the exact test errs on the safe side.
 */
export function wilcoxonTest(differences: readonly number[]): PairedTest {
  const nonzero = differences.filter((difference) => difference !== 0);
  const isExact = nonzero.length <= wilcoxonExactUpTo;
  const method = isExact ? 'wilcoxon_exact' : 'wilcoxon_asymptotic';
  if (nonzero.length === 0) return { method, pvalue: 1 };
  const { plus, minus, tieCorrection } = rankSums(nonzero);
  const pvalue = isExact
    ? exactSignedRank(Math.min(plus, minus), Math.max(plus, minus), nonzero.length)
    : asymptoticSignedRank(Math.min(plus, minus), nonzero.length, tieCorrection);
  return { method, pvalue };
}

/** Sums of the ranks of positive and of negative differences; `tieCorrection` is the sum of `t^3 - t` over ties. */
function rankSums(nonzero: readonly number[]): { plus: number; minus: number; tieCorrection: number } {
  const sorted = nonzero.toSorted((a, b) => Math.abs(a) - Math.abs(b));
  let plus = 0;
  let minus = 0;
  let tieCorrection = 0;
  for (let start = 0; start < sorted.length;) {
    const size = Math.abs(sorted[start] ?? 0);
    let end = start + 1;
    while (end < sorted.length && Math.abs(sorted[end] ?? 0) === size) end += 1;
    const rank = (start + 1 + end) / 2;
    const positive = sorted.slice(start, end).filter((difference) => difference > 0).length;
    plus += positive * rank;
    minus += (end - start - positive) * rank;
    tieCorrection += (end - start) ** 3 - (end - start);
    start = end;
  }
  return { plus, minus, tieCorrection };
}

/** Twice the smaller tail over all signs of the ranks 1..n; a sum between two whole numbers counts to the safe side. */
function exactSignedRank(smaller: number, larger: number, n: number): number {
  const total = (n * (n + 1)) / 2;
  const ways = new Float64Array(total + 1);
  ways[0] = 1;
  for (let rank = 1; rank <= n; rank += 1) {
    for (let sum = (rank * (rank + 1)) / 2; sum >= rank; sum -= 1) {
      ways[sum] = (ways[sum] ?? 0) + (ways[sum - rank] ?? 0);
    }
  }
  let tail = 0;
  for (let sum = 0; sum <= Math.ceil(smaller) && sum <= total; sum += 1) tail += ways[sum] ?? 0;
  return smaller === larger ? 1 : Math.min(1, (2 * tail) / 2 ** n);
}

function asymptoticSignedRank(smaller: number, n: number, tieCorrection: number): number {
  const mean = (n * (n + 1)) / 4;
  const variance = (n * (n + 1) * (2 * n + 1) - tieCorrection / 2) / 24;
  return Math.min(1, 2 * normalSurvival((mean - smaller) / Math.sqrt(variance)));
}
