/** Compares two groups where both answered the same questions, with the tests that MLflow's comparison uses. */
import { bootstrapMeanInterval } from '../statistics/bootstrap.js';
import { mcnemarTest, wilcoxonTest, type PairedTest } from '../statistics/paired-tests.js';
import type { ConfidenceInterval } from '../statistics/proportions.js';
import { confidence, splitOf, type ComparedMeasure, type ComparisonQuestion } from './comparison.js';
import type { AnsweredTwice, GroupReader } from './questions.js';

/** Fewer pairs can never come below 5 %. */
const minPairs = 6;
/** The bootstrap draws ten thousand times as many numbers. */
const maxPairs = 2_000;

export interface PairedComparison {
  readonly name: string;
  /** Questions with a value on both sides, at most 2,000. */
  readonly numPairs: number;
  readonly baseline: number | null;
  readonly candidate: number | null;
  /** Mean of the differences, candidate less baseline. */
  readonly change: number | null;
  readonly interval: ConfidenceInterval | null;
  /** Null below six pairs. */
  readonly test: PairedTest | null;
  /** Pairs that do not differ. */
  readonly numTies: number;
}

export async function comparePairs(reader: GroupReader, question: ComparisonQuestion): Promise<PairedComparison[]> {
  const measures = question.measures.filter(({ quantile }) => quantile === null);
  const wanted = measures.map(({ measure }) => measure);
  const pairs = await reader.answeredTwice(question.filter, splitOf(question), wanted, maxPairs);
  return measures.map((measure, index) =>
    pairedOf(
      measure,
      pairs.filter((pair) => pair.measure === index),
    ),
  );
}

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

function pairedOf({ name }: ComparedMeasure, pairs: readonly AnsweredTwice[]): PairedComparison {
  const differences = pairs.map(({ baseline, candidate }) => candidate - baseline);
  const isEnough = pairs.length >= minPairs;
  return {
    name,
    numPairs: pairs.length,
    baseline: meanOf(pairs.map(({ baseline }) => baseline)),
    candidate: meanOf(pairs.map(({ candidate }) => candidate)),
    change: meanOf(differences),
    interval: isEnough ? bootstrapMeanInterval(differences, confidence) : null,
    test: isEnough ? testOf(pairs, differences) : null,
    numTies: differences.filter((difference) => difference === 0).length,
  };
}

/** McNemar's test where every value is 0 or 1, else Wilcoxon's. */
function testOf(pairs: readonly AnsweredTwice[], differences: readonly number[]): PairedTest {
  const isBinary = pairs.every((pair) => [pair.baseline, pair.candidate].every((value) => value === 0 || value === 1));
  if (!isBinary) return wilcoxonTest(differences);
  const improved = differences.filter((difference) => difference > 0).length;
  return mcnemarTest(improved, differences.filter((difference) => difference < 0).length);
}
