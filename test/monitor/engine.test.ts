import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.js';
import { refreshProfiles, type RefreshedRows } from '../../src/monitor/engine.js';
import type { DriftRow, Profile } from '../../src/monitor/model.js';
import type { StoredWindow } from '../../src/monitor/plan.js';
import type { GoldRange, ProfileStore } from '../../src/monitor/profile-store.js';
import { defaultSpec } from '../../src/monitor/spec.js';
import { windowKey, windowStartMs, type ProfileWindow } from '../../src/monitor/windows.js';
import type { CallOptions } from '../../src/call-options.js';
import { sketchOf } from '../statistics/sketches.js';

const hourMs = 3_600_000;
const nowMs = 100 * 24 * hourMs;

/** A gold row: when it started, what it cost, when it was committed. */
interface GoldRow {
  readonly startMs: number;
  readonly cost: number;
  readonly commit: number;
}

/** A warehouse in memory with the one profiled column `cost_usd`; any call may be told to fail. */
class MemoryStore implements ProfileStore {
  readonly limits = { profileRows: 4, driftRows: 4, windows: 2 };
  gold: GoldRow[] = [];
  readonly profiles = new Map<string, Profile>();
  readonly drift = new Map<string, readonly DriftRow[]>();
  readonly remembered = new Map<string, StoredWindow>();
  numCalls = 0;
  failAt = Number.POSITIVE_INFINITY;

  readonly goldColumns: ProfileStore['goldColumns'] = async () => [
    { name: 'cost_usd', type: 'DOUBLE', sqlType: 'DOUBLE', nullable: true, comment: '' },
  ];

  readonly goldWindows: ProfileStore['goldWindows'] = async ({ granularity, fromMs }: GoldRange) => {
    this.#call();
    const kept = this.gold.filter(({ startMs }) => startMs >= (fromMs ?? 0));
    const starts = new Set(kept.map(({ startMs }) => windowStartMs(granularity, startMs)));
    return [...starts].map((start) => {
      const rows = this.#rowsOf({ granularity, fromMs: start });
      const commits = rows.map(({ commit }) => commit);
      const facts = { numRows: String(rows.length), lastCommitUs: String(Math.max(...commits)), checksum: '0' };
      return { granularity, fromMs: start, facts, numSlices: 1 };
    });
  };

  readonly storedWindows: ProfileStore['storedWindows'] = async () => {
    this.#call();
    return [...this.remembered.values()];
  };

  readonly removeWindows: ProfileStore['removeWindows'] = async ({ windows }) => {
    this.#call();
    for (const key of windows.map(windowKey)) {
      for (const kept of [this.profiles, this.drift, this.remembered]) kept.delete(key);
    }
  };

  readonly writeProfiles: ProfileStore['writeProfiles'] = async ({ windows }, { monitorVersion }) => {
    this.#call();
    for (const { fingerprint, granularity, fromMs } of windows) {
      const window = { granularity, fromMs };
      const costs = this.#rowsOf(window).map(({ cost }) => cost);
      const column = { columnName: 'cost_usd', dataType: 'double', count: costs.length, numNulls: 0, numNan: 0 };
      const unknown = { percentNull: null, percentZeros: null, percentDistinct: null, nonNullColumns: null };
      const avg = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
      const quantiles = sketchOf(costs.toSorted((a, b) => a - b));
      const slice = { key: null, value: null };
      this.profiles.set(windowKey(window), {
        ...{ window, slice, monitorVersion },
        columns: [{ ...column, ...unknown, avg, quantiles }],
      });
      this.remembered.set(windowKey(window), { ...window, profileFingerprint: fingerprint, driftFingerprint: null });
    }
    return windows.length;
  };

  readonly readProfiles: ProfileStore['readProfiles'] = async ({ windows }) => {
    this.#call();
    return windows.flatMap((window) => this.profiles.get(windowKey(window)) ?? []);
  };

  readonly writeDrift: ProfileStore['writeDrift'] = async ({ windows }, rows) => {
    this.#call();
    for (const window of windows) {
      const key = windowKey(window);
      this.drift.set(
        key,
        rows.filter((row) => windowKey(row.window) === key),
      );
      const known = this.remembered.get(key);
      if (known !== undefined) this.remembered.set(key, { ...known, driftFingerprint: window.driftFingerprint });
    }
  };

  #rowsOf({ granularity, fromMs }: ProfileWindow): GoldRow[] {
    return this.gold.filter(({ startMs }) => windowStartMs(granularity, startMs) === fromMs);
  }

  #call(): void {
    this.numCalls += 1;
    if (this.numCalls === this.failAt) throw new Error('the warehouse is away');
  }
}

const hour = (index: number, cost: number, commit = 1): GoldRow => ({ startMs: nowMs - index * hourMs, cost, commit });

function refresh(store: ProfileStore, step: CallOptions = {}): Promise<RefreshedRows> {
  const spec = { ...defaultSpec, granularities: ['1 hour'] as const };
  return refreshProfiles(store, { spec, monitorVersion: 0, nowMs }, silentLog, step);
}

function storeOf(gold: GoldRow[]): MemoryStore {
  const store = new MemoryStore();
  store.gold = gold;
  return store;
}

async function refreshedStoreOf(gold: GoldRow[]): Promise<MemoryStore> {
  const store = storeOf(gold);
  await refresh(store);
  return store;
}

const contents = ({ profiles, drift, remembered }: MemoryStore): unknown =>
  [profiles, drift, remembered].map((kept) => [...kept].toSorted(([one], [other]) => (one < other ? -1 : 1)));

describe('a refresh of the monitor', () => {
  it('a refresh of the monitor writes nothing where nothing changed', async () => {
    const store = await refreshedStoreOf([hour(1, 1), hour(2, 2)]);
    expect(store.profiles.size).toBe(2);
    expect(await refresh(store)).toEqual({ profileRows: 0, driftRows: 0 });
  });

  it('profiles a window whose rows changed, and compares it and the one after it', async () => {
    const store = await refreshedStoreOf([hour(1, 1), hour(2, 2), hour(3, 3), hour(4, 4)]);
    store.gold = [hour(1, 1), hour(2, 2), hour(3, 9, 2), hour(4, 4)];
    expect(await refresh(store)).toEqual({ profileRows: 1, driftRows: 2 });
    const averages = [...store.drift.values()].flat().map(({ avgDelta }) => avgDelta);
    expect(averages.toSorted()).toEqual([-1, -7, 5].toSorted());
  });

  it('a refresh of the monitor leaves no trace of windows that lost their rows or grew too old', async () => {
    const store = await refreshedStoreOf([hour(1, 1), hour(2, 2), hour(3, 3), hour(24 * 29, 5)]);
    store.gold = [hour(1, 1), hour(3, 3), hour(24 * 31, 5)];
    await refresh(store);
    expect(contents(store)).toEqual(contents(await refreshedStoreOf([hour(1, 1), hour(3, 3)])));
  });

  it('a refresh of the monitor that fails at any call is completed by the next one', async () => {
    const before = Array.from({ length: 9 }, (_, index) => hour(index, index));
    const after = [...before.slice(0, 3), hour(3, 99, 2), ...before.slice(5), hour(12, 12), hour(13, 13)];
    const wanted = contents(await refreshedStoreOf(after));
    let numFailures = 0;
    for (let call = 1; ; call += 1) {
      const store = await refreshedStoreOf(before);
      store.gold = after;
      store.failAt = store.numCalls + call;
      const failure = await refresh(store).then(
        () => null,
        (error: unknown) => error,
      );
      if (failure === null) break;
      numFailures += 1;
      await refresh(store);
      expect(contents(store)).toEqual(wanted);
    }
    expect(numFailures).toBeGreaterThan(5);
  });

  it('a refresh of the monitor stops between two batches when it is told to', async () => {
    const store = storeOf([hour(1, 1), hour(2, 2), hour(3, 3), hour(4, 4), hour(5, 5)]);
    const stop = new AbortController();
    const onProgress = (): void => {
      if (store.profiles.size > 0) stop.abort(new Error('stopped by a person'));
    };
    await expect(refresh(store, { signal: stop.signal, onProgress })).rejects.toThrow('stopped by a person');
    expect([store.profiles.size, store.drift.size]).toEqual([2, 0]);
  });
});
