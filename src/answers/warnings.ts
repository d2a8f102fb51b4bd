/** What speaks against reading a change as one of quality, in plain words. */
import { minSessions, splitOf, type Compared, type ComparisonQuestion } from './comparison.js';
import type { GroupReader, StratumMean } from './questions.js';

/** Difference of coverage that is named: one trace in ten. */
const unevenCoverage = 0.1;
/** A change within strata that is smaller than this part of the plain one, or has the other sign, is named. */
const explainedPart = 0.75;
/** Of changes that are no more than chance, the mix explains nothing. */
const noteworthyPvalue = 0.05;

/** One list for each compared measure. */
export async function warningsOf(
  reader: GroupReader,
  question: ComparisonQuestion,
  compared: readonly Compared[],
): Promise<string[][]> {
  const mixes = await mixWarnings(reader, question, compared);
  return compared.map((one, index) => [...ownWarnings(one), ...(mixes[index] ?? [])]);
}

function ownWarnings({ baseline, candidate }: Compared): string[] {
  const warnings: string[] = [];
  const numSessions = Math.min(baseline.numSessions, candidate.numSessions);
  if (baseline.value === null || candidate.value === null) return ['one of the two has no value'];
  if (numSessions < minSessions) warnings.push(`only ${numSessions} sessions on one side: nothing is concluded`);
  if (Math.abs(baseline.coverage - candidate.coverage) >= unevenCoverage) {
    warnings.push(
      `not equally covered: ${percent(baseline.coverage)} of the traces against ${percent(candidate.coverage)}`,
    );
  }
  return warnings;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Where the two groups have another mix of something else, and the change is another one within its values (Simpson). */
async function mixWarnings(
  reader: GroupReader,
  question: ComparisonQuestion,
  compared: readonly Compared[],
): Promise<string[][]> {
  const means = compared.filter(({ measure }) => measure.quantile === null);
  const measures = means.map(({ measure }) => measure.measure);
  const split = splitOf(question);
  const warnings = new Map<Compared, string[]>(compared.map((one) => [one, []]));
  for (const stratum of question.strata) {
    const strata = await reader.stratumMeans(question.filter, split, stratum, measures);
    for (const [index, one] of means.entries()) {
      const within = stratifiedChange(
        strata.filter(({ measure }) => measure === index),
        split.baseline,
        split.candidate,
      );
      const plain = one.difference?.difference ?? 0;
      if ((one.difference?.pvalue ?? 1) > noteworthyPvalue) continue;
      if (within === null || plain === 0 || within / plain >= explainedPart) continue;
      warnings
        .get(one)
        ?.push(`the mix of ${stratum} changed: within its values the change is ${within.toPrecision(3)}`);
    }
  }
  return compared.map((one) => warnings.get(one) ?? []);
}

/** The change within strata, weighted by their traces in both groups; null where they share fewer than two. */
function stratifiedChange(strata: readonly StratumMean[], baseline: string, candidate: string): number | null {
  const before = new Map(strata.filter(({ group }) => group === baseline).map((one) => [one.stratum, one]));
  const both = strata
    .filter(({ group }) => group === candidate)
    .flatMap((after) => {
      const earlier = before.get(after.stratum);
      return earlier === undefined ? [] : [{ earlier, after }];
    });
  if (both.length < 2) return null;
  let weights = 0;
  let sum = 0;
  for (const { earlier, after } of both) {
    const weight = earlier.numValues + after.numValues;
    weights += weight;
    sum += weight * (after.mean - earlier.mean);
  }
  return sum / weights;
}
