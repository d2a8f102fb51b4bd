/**
 * Compares two groups of traces, such as two releases, measure by measure: how large the change is, how sure, and what
 * speaks against reading too much into it. docs/statistics.md states the methods.
 */
import { clusteredDifference, clusteredMean } from '../statistics/clustered-mean.js';
import { benjaminiHochberg } from '../statistics/false-discovery.js';
import { shareDifference } from '../statistics/share-difference.js';
import {
  confidence,
  noValue,
  splitOf,
  type Compared,
  type ComparedMeasure,
  type ComparisonQuestion,
  type EstimatedValue,
  type GroupComparison,
} from './comparison.js';
import { quantileOf } from './group-quantile.js';
import type { GroupReader, GroupSums, TraceGroup } from './questions.js';
import { conclude } from './verdict.js';
import { warningsOf } from './warnings.js';

export async function compareGroups(reader: GroupReader, question: ComparisonQuestion): Promise<GroupComparison> {
  const compared = [...(await compareMeans(reader, question)), ...(await compareQuantiles(reader, question))].toSorted(
    (a, b) => question.measures.indexOf(a.measure) - question.measures.indexOf(b.measure),
  );
  const qvalues = benjaminiHochberg(compared.map(({ difference }) => difference?.pvalue ?? null));
  const warnings = await warningsOf(reader, question, compared);
  const measures = compared.map((one, index) =>
    conclude(one, qvalues[index] ?? null, question.margin, warnings[index] ?? []),
  );
  return { baseline: question.baseline, candidate: question.candidate, measures };
}

async function compareMeans(reader: GroupReader, question: ComparisonQuestion): Promise<Compared[]> {
  const means = question.measures.filter(({ quantile }) => quantile === null);
  const sums = await reader.groupSums(
    question.filter,
    splitOf(question),
    means.map(({ measure }) => measure),
  );
  return means.map((measure, index) => {
    const of = (group: TraceGroup): EstimatedValue =>
      meanOf(
        sums.find((one) => one.group === group.value && one.measure === index),
        group,
      );
    return compared(measure, of(question.baseline), of(question.candidate));
  });
}

function meanOf(sums: GroupSums | undefined, { numTraces }: TraceGroup): EstimatedValue {
  if (sums === undefined) return { value: noValue, estimate: null };
  const { mean: value, numValues, numClusters: numSessions } = sums;
  return { value: { value, numValues, numSessions, coverage: numValues / numTraces }, estimate: clusteredMean(sums) };
}

async function compareQuantiles(reader: GroupReader, question: ComparisonQuestion): Promise<Compared[]> {
  const found: Compared[] = [];
  for (const measure of question.measures) {
    if (measure.quantile === null) continue;
    const before = await quantileOf(reader, question, measure, question.baseline);
    const after = await quantileOf(reader, question, measure, question.candidate);
    found.push(compared(measure, before, after));
  }
  return found;
}

function compared(measure: ComparedMeasure, before: EstimatedValue, after: EstimatedValue): Compared {
  const groups = { measure, baseline: before.value, candidate: after.value };
  if (before.estimate === null || after.estimate === null) return { ...groups, difference: null };
  const difference = measure.measure.kind === 'error' ? shareDifference : clusteredDifference;
  return { ...groups, difference: difference(before.estimate, after.estimate, confidence) };
}
