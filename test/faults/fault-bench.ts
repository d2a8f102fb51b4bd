/**
 * Runs copies through a proxy that lets requests fail, each into tables of its own, and compares them with those of an
 * undisturbed run.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { expect } from 'vitest';

import type { Warehouse } from '../../src/targets/warehouse.js';
import type { RunResult } from '../../src/workflows/contract.js';
import { dumpTables, withoutObservationTimes } from '../contract/dump-tables.js';
import type { Dump } from '../contract/dump-tables.js';
import { expectInvariants } from '../contract/table-invariants.js';
import { openPipeline } from '../e2e/local-pipeline.js';
import type { LocalPipeline, PipelineOptions } from '../e2e/local-pipeline.js';
import { FaultyMlflow } from '../fakes/faulty-mlflow.js';
import type { SeedOptions, Seeded } from '../servers/seed.js';
import { seedTraces } from '../servers/seed.js';

/** Small, so that a few traces pass through every step several times. */
const smallSteps = {
  windowTraces: 8,
  pageSize: 5,
  batchTraces: 3,
  concurrency: 2,
  lagMs: 0,
  monitor: false,
};

/** A stall costs the test this long; an answer of a busy server must not take longer, since tests count its requests. */
const requestTimeoutMs = 5000;

/** Enough for one per test; a target is only opened when it is used. */
const numTargets = 60;

export interface FaultBench {
  readonly proxy: FaultyMlflow;
  readonly pipeline: LocalPipeline;
  readonly seeded: Seeded;
  /** For seeding more. */
  readonly experimentName: string;
  /** Of every run, but for the target: small steps. */
  readonly input: Readonly<Record<string, unknown>>;
  /** A target whose tables nobody has used yet. */
  newTarget(): string;
  warehouse(target: string): Promise<Warehouse>;
  /** Copies everything, through the proxy. */
  copy(target: string, input?: Readonly<Record<string, unknown>>): Promise<RunResult>;
  sync(target: string, input?: Readonly<Record<string, unknown>>): Promise<RunResult>;
  /** Every trace table, without the times of the copy. Fails where an invariant of the tables is broken. */
  tables(target: string): Promise<Dump>;
  close(): Promise<void>;
}

export async function openFaultBench(
  servers: { readonly mlflow: string; readonly temporal: string },
  seed: Partial<SeedOptions> & { readonly numTraces: number },
  options: Pick<PipelineOptions, 'wrap'> = {},
): Promise<FaultBench> {
  const experimentName = `faults-${randomUUID()}`;
  const seeded = await seedTraces({ address: servers.mlflow, experimentName, textBytes: 600, ...seed });
  const proxy = await FaultyMlflow.start(servers.mlflow);
  const dataDir = await mkdtemp(join(tmpdir(), 'tracelift-faults-'));
  const names = Array.from({ length: numTargets }, (_, index) => `t${String(index)}`);
  const targets = Object.fromEntries(
    names.map((name) => [name, { kind: 'duckdb', path: join(dataDir, name, 'tables.duckdb') }]),
  );
  await writeFile(join(dataDir, 'tracelift.json'), JSON.stringify({ targets }));
  const pipeline = await openPipeline({
    mlflow: proxy.address,
    temporal: servers.temporal,
    ...options,
    dataDir,
    env: { TRACELIFT_SOURCE_ID: 'source', TRACELIFT_SOURCE_TIMEOUT_MS: String(requestTimeoutMs) },
  });
  const warehouse = async (target: string): Promise<Warehouse> => (await pipeline.runtime.target(target)).warehouse;
  const input = { experiment: seeded.experimentId, ...smallSteps };
  return {
    proxy,
    pipeline,
    seeded,
    experimentName,
    input,
    newTarget: () => names.shift() ?? failWithoutTarget(),
    warehouse,
    copy: (target, more = {}) => pipeline.run<RunResult>('backfillTraces', { ...input, target, ...more }),
    sync: (target, more = {}) => pipeline.run<RunResult>('syncTraces', { ...input, target, ...more }),
    async tables(target) {
      const tables = await warehouse(target);
      await expectInvariants(tables);
      return withoutObservationTimes(await dumpTables(tables));
    },
    async close() {
      await pipeline.close();
      await proxy.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function failWithoutTarget(): never {
  throw new Error(`the bench has only ${String(numTargets)} targets`);
}

/** Code and text of a run that is to fail with an error of the catalogue. */
export async function failureOf(run: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await run;
  } catch (error) {
    if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) {
      return { code: error.cause.type ?? '', message: error.cause.message };
    }
    throw error;
  }
  throw new Error('the run did not fail');
}

/** Every row is one of the undisturbed run: fewer may be there, none may differ. */
export function expectNothingWrong(tables: Dump, undisturbed: Dump): void {
  for (const [role, rows] of Object.entries(tables)) {
    if (role !== 'catalog') expect(undisturbed[role], role).toEqual(expect.arrayContaining([...rows]));
  }
}
