import { describe, expect, it } from 'vitest';
import { compareGroups } from '../../src/answers/compare-groups.js';
import { comparePairs } from '../../src/answers/compare-pairs.js';
import { measuresOf, type ComparisonQuestion, type GroupComparison } from '../../src/answers/comparison.js';
import { isHigherBetter } from '../../src/answers/direction.js';
import type { AnsweredTwice, GroupReader, GroupSums, StratumMean, TraceGroup } from '../../src/answers/questions.js';

const group = (value: string, numTraces: number): TraceGroup => ({
  value,
  firstStartMs: 0,
  lastStartMs: 1,
  numTraces,
  numSessions: 100,
  numTracesWithoutSession: 0,
});

const [r1, r2] = [group('r1', 400), group('r2', 400)];

const sums = (of: string, measure: number, mean: number, more: Partial<GroupSums> = {}): GroupSums => ({
  group: of,
  measure,
  numClusters: 100,
  numValues: 400,
  mean,
  squaredResiduals: 25,
  ...more,
});

/** Answers what a test says; every group has the same duration. */
function reader(answers: {
  readonly sums: readonly GroupSums[];
  readonly strata?: readonly StratumMean[];
  readonly pairs?: readonly AnsweredTwice[];
}): GroupReader {
  return {
    traceGroups: () => Promise.resolve([r1, r2]),
    groupSums: (_filter, split, measures) =>
      Promise.resolve(measures[0]?.kind === 'atMost' ? [sums(split.baseline, 0, 0.5)] : [...answers.sums]),
    groupQuantiles: (_filter, split, _column, shares) =>
      Promise.resolve([{ group: split.baseline, numValues: 400, values: shares.map((share) => 1000 * share) }]),
    stratumMeans: () => Promise.resolve([...(answers.strata ?? [])]),
    answeredTwice: () => Promise.resolve([...(answers.pairs ?? [])]),
  };
}

const question = (metrics: readonly string[], more: Partial<ComparisonQuestion> = {}): ComparisonQuestion => ({
  filter: { origin: 'app', equals: [] },
  column: 'dim_release',
  baseline: r1,
  candidate: r2,
  measures: measuresOf(metrics),
  margin: null,
  strata: [],
  ...more,
});

const measureOf = ({ measures }: GroupComparison, name: string) => measures.find((one) => one.name === name)!;

describe('a comparison of two groups', () => {
  it('a metric that surely fell is worse, with change, per cent and interval', async () => {
    const comparison = await compareGroups(
      reader({ sums: [sums('r1', 0, 0.88), sums('r2', 0, 0.83)] }),
      question(['metric_faithfulness']),
    );
    const found = measureOf(comparison, 'faithfulness');
    expect(found.verdict).toBe('worse');
    expect(found.change).toBeCloseTo(-0.05, 12);
    expect(found.changePercent).toBeCloseTo(-5.68, 2);
    expect(found.interval!.high).toBeLessThan(0);
    expect(found.qvalue).toBeGreaterThanOrEqual(found.pvalue!);
  });

  it('a metric whose name does not tell what is better rises or falls, but is neither better nor worse', async () => {
    const comparison = await compareGroups(
      reader({ sums: [sums('r1', 0, 0.2), sums('r2', 0, 0.7)] }),
      question(['metric_verbosity']),
    );
    expect(measureOf(comparison, 'verbosity').verdict).toBe('higher');
  });

  it('where nothing is sure it says how many sessions would decide, and with a margin that it is not worse', async () => {
    const answers = reader({ sums: [sums('r1', 0, 0.85), sums('r2', 0, 0.845)] });
    const open = measureOf(await compareGroups(answers, question(['metric_faithfulness'])), 'faithfulness');
    expect(open.verdict).toBe('undecided');
    expect(open.sessionsToDecide).toBeGreaterThan(100);
    const wide = measureOf(
      await compareGroups(answers, question(['metric_faithfulness'], { margin: 0.1 })),
      'faithfulness',
    );
    expect(wide).toMatchObject({ verdict: 'not worse', sessionsToDecide: null });
  });

  it('of a few sessions nothing is concluded, however large the change', async () => {
    const few = { numClusters: 3, numValues: 9 };
    const found = measureOf(
      await compareGroups(
        reader({ sums: [sums('r1', 0, 0.9, few), sums('r2', 0, 0.1)] }),
        question(['metric_faithfulness']),
      ),
      'faithfulness',
    );
    expect(found).toMatchObject({ verdict: 'undecided', sessionsToDecide: null });
    expect(found.interval).not.toBeNull();
  });

  it('a group without any value is said to have none, and nothing is concluded', async () => {
    const found = measureOf(
      await compareGroups(reader({ sums: [sums('r1', 0, 0.9)] }), question(['metric_faithfulness'])),
      'faithfulness',
    );
    expect(found).toMatchObject({ change: null, interval: null, pvalue: null, verdict: 'undecided' });
    expect(found.candidate).toEqual({ value: null, numValues: 0, numSessions: 0, coverage: 0 });
    expect(found.warnings).toEqual(['one of the two has no value']);
  });

  it('an error rate of 0 on both sides has an interval that is not empty', async () => {
    const none = { squaredResiduals: 0 };
    const comparison = await compareGroups(
      reader({ sums: [sums('r1', 0, 0, none), sums('r2', 0, 0, none)] }),
      question([]),
    );
    const found = measureOf(comparison, 'error_rate');
    expect(found).toMatchObject({ change: 0, pvalue: 1, verdict: 'undecided' });
    expect(found.interval!.high).toBeGreaterThan(0.02);
  });

  it('a median has the interval of the values around it', async () => {
    const found = measureOf(await compareGroups(reader({ sums: [] }), question([])), 'duration_ms median');
    expect(found).toMatchObject({ change: 0, changePercent: 0 });
    expect(found.interval!.high).toBeGreaterThan(20);
  });
});

describe('what speaks against a comparison', () => {
  const metric = question(['metric_faithfulness'], { strata: ['dim_retriever'] });
  const fallen = [sums('r1', 0, 0.8), sums('r2', 0, 0.6)];
  const stratum = (of: string, name: string, numValues: number, mean: number): StratumMean => ({
    group: of,
    measure: 0,
    stratum: name,
    numValues,
    mean,
  });

  it('a change that another mix explains is named (Simpson’s paradox)', async () => {
    const strata = [
      stratum('r1', 'easy', 300, 0.9),
      stratum('r1', 'hard', 100, 0.5),
      stratum('r2', 'easy', 100, 0.92),
      stratum('r2', 'hard', 300, 0.52),
    ];
    const found = measureOf(await compareGroups(reader({ sums: fallen, strata }), metric), 'faithfulness');
    expect(found.warnings).toEqual(['the mix of dim_retriever changed: within its values the change is 0.0200']);
  });

  it('a change that is the same within every value of another column is not blamed on its mix', async () => {
    const strata = [
      stratum('r1', 'a', 200, 0.8),
      stratum('r1', 'b', 200, 0.8),
      stratum('r2', 'a', 200, 0.6),
      stratum('r2', 'b', 200, 0.6),
    ];
    const found = measureOf(await compareGroups(reader({ sums: fallen, strata }), metric), 'faithfulness');
    expect(found.warnings).toEqual([]);
  });

  it('few sessions and unequal coverage are named', async () => {
    const found = measureOf(
      await compareGroups(
        reader({ sums: [sums('r1', 0, 0.8), sums('r2', 0, 0.6, { numValues: 40, numClusters: 4 })] }),
        question(['metric_faithfulness']),
      ),
      'faithfulness',
    );
    expect(found.warnings).toEqual([
      'only 4 sessions on one side: nothing is concluded',
      'not equally covered: 100 % of the traces against 10 %',
    ]);
  });
});

describe('the same questions, answered by both', () => {
  it('verdicts of 0 and 1 are tested by McNemar, others by Wilcoxon, and below six pairs not at all', async () => {
    const pair = (measure: number, baseline: number, candidate: number): AnsweredTwice => ({
      measure,
      baseline,
      candidate,
    });
    const pairs = [
      ...Array.from({ length: 8 }, (_, index) => pair(0, 1, index === 0 ? 1 : 0)),
      ...Array.from({ length: 7 }, (_, index) => pair(1, 0.5, 0.5 + index / 10)),
      pair(2, 1, 0),
    ];
    const found = await comparePairs(
      reader({ sums: [], pairs }),
      question(['metric_pass', 'metric_grade', 'metric_rare']),
    );
    expect(found.slice(0, 3)).toMatchObject([
      { name: 'pass', numPairs: 8, change: -0.875, numTies: 1, test: { method: 'mcnemar_exact' } },
      { name: 'grade', numPairs: 7, numTies: 1, test: { method: 'wilcoxon_exact' } },
      { name: 'rare', numPairs: 1, change: -1, test: null, interval: null },
    ]);
  });
});

describe('which direction is better', () => {
  it.each([
    ['faithfulness', true],
    ['answer_relevance', true],
    ['toxicity', false],
    ['hallucination_score', false],
    ['error_rate', false],
    ['cost_usd', false],
    ['tone', null],
  ] as const)('more %s: %s', (name, expected) => {
    expect(isHigherBetter(name)).toBe(expected);
  });
});
