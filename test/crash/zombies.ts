/**
 * Attempts that Temporal has given up but that go on in their process: one call of a port method stops sending signs of
 * life and waits until its successor, the next attempt of the same activity, is through; then it does its work late.
 */
import { Context } from '@temporalio/activity';

import type { ActivityDependencies, OpenSource, OpenTarget } from '../../src/copy/dependencies.js';
import type { CommitManifest, CommitOptions, Warehouse } from '../../src/targets/warehouse.js';

/** What the late attempt waits for: its successor's same call has begun, or has ended, or the whole run has. */
type Patience = 'until the next attempt begins' | 'until the next attempt is through' | 'until the run has ended';

export interface ZombieCase {
  readonly port: 'source' | 'staging' | 'warehouse';
  /** Method of the port, or `commit:<step>` for a step inside a commit. */
  readonly method: string;
  readonly patience: Patience;
}

const methods = {
  source: ['searchPage', 'readSpans'],
  staging: ['writeJson', 'writeTraces', 'remove'],
  warehouse: ['prepare', 'compare', 'commit', 'recordWindow', 'publish'],
} as const;

/** Every method with both kinds of lateness; commits also between two of their steps, where the next one has to wait. */
export const zombieCases: readonly ZombieCase[] = [
  ...Object.entries(methods).flatMap(([port, names]) =>
    names.flatMap((method) =>
      (['until the next attempt is through', 'until the run has ended'] as const).map((patience): ZombieCase => ({
        port: port as ZombieCase['port'],
        method,
        patience,
      })),
    ),
  ),
  ...['spans', 'raw', 'gold'].map((step): ZombieCase => ({
    port: 'warehouse',
    method: `commit:${step}`,
    patience: 'until the next attempt begins',
  })),
];

/** An event that happens once. */
class Moment {
  private happen: () => void = () => undefined;
  readonly happened = new Promise<void>((resolve) => {
    this.happen = resolve;
  });

  mark(): void {
    this.happen();
  }
}

/** One late attempt of one run. */
export class Zombie {
  private activityId: string | null = null;
  private readonly successorBegan = new Moment();
  private readonly successorEnded = new Moment();
  private readonly runEnded = new Moment();
  private readonly ended = new Moment();

  constructor(readonly point: ZombieCase) {}

  /** True once a call was held back. */
  get wasBorn(): boolean {
    return this.activityId !== null;
  }

  /** To be called when the run has ended. Resolves when the late attempt has done its work, or has failed. */
  async rest(): Promise<void> {
    this.runEnded.mark();
    if (this.wasBorn) await this.ended.happened;
  }

  /** Calls the method: late when it is the first such call of the run. */
  async call<Result>(port: string, method: string, work: () => Promise<Result>): Promise<Result> {
    const { point } = this;
    const { activityId, attempt } = Context.current().info;
    // Inside a commit the late attempt keeps the tables to itself: the next one gets no further than its beginning.
    const isBeginning = method === point.method.split(':')[0] && activityId === this.activityId && attempt > 1;
    if (isBeginning) this.successorBegan.mark();
    if (point.port !== port || point.method !== method) return work();
    if (this.activityId === null) {
      this.activityId = activityId;
      return this.callLate(work);
    }
    const isSuccessor = activityId === this.activityId && attempt > 1;
    try {
      return await work();
    } finally {
      if (isSuccessor) this.successorEnded.mark();
    }
  }

  private async callLate<Result>(work: () => Promise<Result>): Promise<Result> {
    const context = Context.current();
    // From here on Temporal hears nothing of this attempt: it gives the work to the next one.
    Object.defineProperty(context, 'heartbeat', { value: () => undefined });
    await this.awaited().happened;
    try {
      return await work();
    } finally {
      this.ended.mark();
    }
  }

  private awaited(): Moment {
    switch (this.point.patience) {
      case 'until the next attempt begins':
        return this.successorBegan;
      case 'until the next attempt is through':
        return this.successorEnded;
      case 'until the run has ended':
        return this.runEnded;
    }
  }
}

type AnyMethod = (...values: unknown[]) => Promise<unknown>;

/** Wraps the ports of a worker. `zombieOf` gives the late attempt of the run into a target; runs are named after it. */
export function hauntedDependencies(
  dependencies: ActivityDependencies,
  zombieOf: (target: string) => Zombie | undefined,
): ActivityDependencies {
  const ofRun = (): Zombie | undefined =>
    zombieOf(/^zombie-([^-]+)/.exec(Context.current().info.workflowExecution?.workflowId ?? '')?.[1] ?? '');
  const haunted = <Port extends object>(
    name: 'source' | 'staging' | 'warehouse',
    port: Port,
    current: () => Zombie | undefined,
  ): Port =>
    new Proxy(port, {
      get(whole, property) {
        const value: unknown = Reflect.get(whole, property);
        if (typeof value !== 'function') return value;
        const method = (value as AnyMethod).bind(whole);
        if (!(methods[name] as readonly string[]).includes(String(property))) return method;
        return (...values: unknown[]) =>
          current()?.call(name, String(property), () => method(...values.map(withoutSignal))) ?? method(...values);
      },
    });
  return {
    ...dependencies,
    async source(name): Promise<OpenSource> {
      const open = await dependencies.source(name);
      return { ...open, source: haunted('source', open.source, ofRun) };
    },
    async target(name): Promise<OpenTarget> {
      const open = await dependencies.target(name);
      // A commit is a workflow of its own, whose id tells the place of the tables and not the run.
      const ofTarget = (): Zombie | undefined => zombieOf(open.name);
      const warehouse = haunted('warehouse', hauntedCommit(open.warehouse, ofTarget), ofTarget);
      return { ...open, warehouse, staging: haunted('staging', open.staging, ofTarget) };
    },
  };
}

/** A late attempt is not told that it was given up: its signal, which its worker may still abort, is taken from it. */
function withoutSignal(value: unknown): unknown {
  if (value instanceof AbortSignal) return undefined;
  const holdsSignal = typeof value === 'object' && value !== null && 'signal' in value;
  return holdsSignal ? { ...value, signal: undefined } : value;
}

function hauntedCommit(warehouse: Warehouse, current: () => Zombie | undefined): Warehouse {
  const commit = (manifest: CommitManifest, options: CommitOptions = {}) =>
    warehouse.commit(manifest, {
      ...options,
      onStep: (step) =>
        current()?.call('warehouse', `commit:${step}`, async () => options.onStep?.(step)) ?? options.onStep?.(step),
    });
  return new Proxy(warehouse, {
    get(whole, property) {
      if (property === 'commit') return commit;
      const value: unknown = Reflect.get(whole, property);
      return typeof value === 'function' ? (value as AnyMethod).bind(whole) : value;
    },
  });
}
