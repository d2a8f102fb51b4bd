/** Runs copies of one small experiment, each with one attempt that finishes late, and compares their tables. */
import { expect } from 'vitest';

import type { RunResult } from '../../src/workflows/contract.js';
import type { Dump } from '../contract/dump-tables.js';
import { expectCovered } from '../contract/table-invariants.js';
import { openFaultBench } from '../faults/fault-bench.js';
import type { FaultBench } from '../faults/fault-bench.js';
import { deadAfter } from '../workflows/workflow-bundle.js';
import { hauntedDependencies, Zombie } from './zombies.js';
import type { ZombieCase } from './zombies.js';

/** Two windows of two pages. */
const numTraces = 10;
/** A case waits this long for its attempt to be given up. */
const heartbeatTimeoutMs = 1000;

export class ZombieSuite {
  private constructor(
    private readonly bench: FaultBench,
    private readonly undisturbed: Dump,
    private readonly zombies: Map<string, Zombie>,
  ) {}

  static async open(mlflow: string, temporal: string): Promise<ZombieSuite> {
    const zombies = new Map<string, Zombie>();
    const bench = await openFaultBench(
      { mlflow, temporal },
      { numTraces, withAssessments: true },
      { wrap: (dependencies) => hauntedDependencies(dependencies, (target) => zombies.get(target)) },
    );
    const target = bench.newTarget();
    await bench.copy(target);
    return new ZombieSuite(bench, await bench.tables(target), zombies);
  }

  /** Fails where the late attempt changed anything, or where there was none. */
  async check(point: ZombieCase): Promise<void> {
    const target = this.bench.newTarget();
    const zombie = new Zombie(point);
    this.zombies.set(target, zombie);
    const { client, taskQueue } = this.bench.pipeline;
    const result = (await client.workflow.execute('backfillTraces', {
      ...{ taskQueue, workflowId: `zombie-${target}-${taskQueue}` },
      ...deadAfter(heartbeatTimeoutMs),
      args: [{ ...this.bench.input, target }],
    })) as RunResult;
    await zombie.rest();
    this.zombies.delete(target);
    expect(zombie.wasBorn).toBe(true);
    expect(result.totals).toMatchObject({ listed: numTraces, landed: numTraces, missing: 0, extra: 0 });
    expect(await this.bench.tables(target)).toEqual(this.undisturbed);
    const scope = { sourceId: 'source', experimentId: this.bench.seeded.experimentId };
    await expectCovered(await this.bench.warehouse(target), scope, result);
    const again = await this.bench.copy(target);
    expect(again.totals).toMatchObject({ inserted: 0, updated: 0, unchanged: numTraces });
  }

  close(): Promise<void> {
    return this.bench.close();
  }
}

/** How reports call a case. */
export function describeZombie({ port, method, patience }: ZombieCase): string {
  return `${port}.${method} goes on ${patience}`;
}
