/** Runs kill cases against one small experiment and compares every outcome with the undisturbed run. */
import { randomUUID } from 'node:crypto';

import { expect } from 'vitest';

import { seedTraces } from '../servers/seed.js';
import { pointCases, randomCases } from './cases.js';
import type { CrashCase } from './cases.js';
import { KillMatrix } from './kill-matrix.js';
import type { CaseOutcome } from './kill-matrix.js';

/** Enough for three windows of several pages and batches each. */
const numTraces = 22;
const numRandom = 24;
const seed = 20260101;

export interface KillSuite {
  readonly matrix: KillMatrix;
  readonly baseline: CaseOutcome;
  readonly cases: readonly CrashCase[];
}

export async function openKillSuite(mlflow: string, temporal: string): Promise<KillSuite> {
  const { experimentId } = await seedTraces({
    address: mlflow,
    experimentName: `crash-${randomUUID()}`,
    numTraces,
    textBytes: 600,
    withAssessments: true,
  });
  const matrix = await KillMatrix.open({ mlflow, temporal, experimentId });
  const start = Date.now();
  const baseline = await matrix.baseline();
  const spanMs = Date.now() - start;
  const cases = [...pointCases(baseline.counts), ...randomCases(numRandom, spanMs, seed)];
  return { matrix, baseline, cases };
}

/** Runs one case. @returns false where the run ended before the worker died, so that the case proved nothing */
export async function checkCase(suite: KillSuite, one: CrashCase): Promise<boolean> {
  const outcome = await suite.matrix.run(one.death);
  expect(outcome.tables).toEqual(suite.baseline.tables);
  expect(outcome.result.totals).toMatchObject({ listed: numTraces, landed: numTraces, missing: 0, extra: 0 });
  expect(outcome.result.idsDigest).toBe(suite.baseline.result.idsDigest);
  return outcome.died;
}
