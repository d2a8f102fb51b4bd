/**
 * Where a worker dies. Wraps the ports of a runtime so that the process kills itself with SIGKILL right before or
 * right after the n-th call of a port method, or before a step inside a commit.
 */
import type { ActivityDependencies, OpenSource, OpenTarget } from '../../src/copy/dependencies.js';
import type { CommitManifest, CommitOptions, Warehouse } from '../../src/targets/warehouse.js';
import type { CommitResult } from '../../src/copy/commit/messages.js';

export interface CrashPoint {
  readonly port: 'source' | 'staging' | 'warehouse' | 'monitor';
  /** Method of the port, or `commit:<step>` for a step inside a commit. */
  readonly method: string;
  readonly when: 'before' | 'after';
  /** Which call of the method, from 1. */
  readonly nth: number;
}

/** Nothing of this process runs after it: no cleanup, no last heartbeat, no flushed buffer. */
function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

/** Calls of port methods by name, for finding out how often each point is reached. */
export type CallCounts = Map<string, number>;

function count(counts: CallCounts, name: string): number {
  const calls = (counts.get(name) ?? 0) + 1;
  counts.set(name, calls);
  return calls;
}

/** Methods whose steps are crash points; plain accessors are left alone. */
const watchedMethods: Record<CrashPoint['port'], ReadonlySet<string>> = {
  source: new Set(['searchPage', 'readSpans', 'getExperiment', 'getInfos']),
  staging: new Set(['writeJson', 'readJson', 'writeTraces', 'remove']),
  warehouse: new Set(['prepare', 'compare', 'landedBetween', 'commit', 'recordWindow', 'publish', 'readRaw']),
  monitor: new Set(['ensure', 'refresh']),
};

type AnyMethod = (...values: unknown[]) => unknown;

function watched<Port extends object>(
  name: CrashPoint['port'],
  port: Port,
  point: CrashPoint | null,
  counts: CallCounts,
): Port {
  return new Proxy(port, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      const method = (value as AnyMethod).bind(target);
      if (typeof property !== 'string' || !watchedMethods[name].has(property)) return method;
      return async (...values: unknown[]) => {
        const call = count(counts, `${name}.${property}`);
        const isHere = point?.port === name && point.method === property && point.nth === call;
        if (isHere && point.when === 'before') await die();
        const result = await method(...values);
        if (isHere && point.when === 'after') await die();
        return result;
      };
    },
  });
}

/** Also dies inside a commit, before the step that the point names. */
function watchedCommit(warehouse: Warehouse, point: CrashPoint | null, counts: CallCounts): Warehouse {
  const commit = (manifest: CommitManifest, options: CommitOptions = {}): Promise<CommitResult> =>
    warehouse.commit(manifest, {
      ...options,
      onStep: async (step) => {
        const method = `commit:${step}`;
        const call = count(counts, `warehouse.${method}`);
        if (point?.port === 'warehouse' && point.method === method && point.nth === call) await die();
        await options.onStep?.(step);
      },
    });
  return new Proxy(warehouse, {
    get(target, property) {
      if (property === 'commit') return commit;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? (value as AnyMethod).bind(target) : value;
    },
  });
}

/** The dependencies with every watched port method counted, and the crash point armed. */
export function crashingDependencies(
  dependencies: ActivityDependencies,
  point: CrashPoint | null,
  counts: CallCounts,
): ActivityDependencies {
  return {
    ...dependencies,
    async source(name): Promise<OpenSource> {
      const open = await dependencies.source(name);
      return { ...open, source: watched('source', open.source, point, counts) };
    },
    async target(name): Promise<OpenTarget> {
      const open = await dependencies.target(name);
      return {
        ...open,
        warehouse: watched('warehouse', watchedCommit(open.warehouse, point, counts), point, counts),
        staging: watched('staging', open.staging, point, counts),
        monitor: watched('monitor', open.monitor, point, counts),
      };
    },
  };
}
