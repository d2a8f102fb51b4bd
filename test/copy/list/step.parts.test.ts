/** How far one step of listing goes. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { startCursor } from '../../../src/copy/list/cursor.js';
import { isVersions, readDocument } from '../../../src/copy/staged-documents.js';
import type { PreparedRun } from '../../../src/copy/run.js';
import type { ListedPage, ListPageRequest } from '../../../src/copy/list/messages.js';
import { openActivityBench } from '../activity-bench.js';
import type { ActivityBench } from '../activity-bench.js';
import { storedTrace } from '../../fakes/memory-source.js';

const pageSize = 5;
const numTraces = 23;

describe('a step of listing', () => {
  let bench: ActivityBench;
  let prepared: PreparedRun;

  beforeEach(async () => {
    bench = await openActivityBench();
    for (let index = 0; index < numTraces; index += 1) bench.source.add(storedTrace(index));
    prepared = await bench.prepare();
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await bench.close();
  });

  const request = (part: Partial<ListPageRequest> = {}): ListPageRequest => ({
    run: prepared.run,
    settings: { ...prepared.settings, pageSize },
    windowIndex: 0,
    round: 1,
    pageIndex: 0,
    fromMs: prepared.fromMs,
    limitMs: prepared.toMs,
    tracesTaken: 0,
    tracesLeft: 1e6,
    bytesLeft: 1e12,
    fetchesLeft: 1e6,
    cursor: startCursor(prepared.fromMs),
    ...part,
  });

  const seen = async (page: ListedPage): Promise<object> =>
    await readDocument(bench.staging, page.seenKey ?? '', isVersions);

  it('a step of listing ends with the first page that has something to fetch', async () => {
    const page = await bench.run('listPage', request());
    expect(page).toMatchObject({ pages: 1, listed: pageSize, closeAtMs: null });
    expect(await bench.differences(page)).toEqual({ new: pageSize });
  });

  it('a step of listing goes through pages without any difference at once, and says the same of them as one step for each', async () => {
    await bench.copy(prepared);
    const all = await bench.run('listPage', request());
    expect(all).toMatchObject({ listed: numTraces, unchanged: numTraces, batches: [], closeAtMs: prepared.toMs });
    expect(all.pages).toBeGreaterThan(numTraces / pageSize - 1);
    const half = await bench.run('listPage', request({ tracesLeft: 10, round: 2 }));
    expect(half.closeAtMs).not.toBeNull();
    const fromMs = half.closeAtMs ?? 0;
    const rest = await bench.run('listPage', request({ fromMs, cursor: startCursor(fromMs), round: 3 }));
    expect(half.listed + rest.listed).toBe(numTraces);
    expect({ ...(await seen(half)), ...(await seen(rest)) }).toEqual(await seen(all));
  });

  it('a step of listing closes a window by its budget also inside of such a stretch', async () => {
    await bench.copy(prepared);
    const page = await bench.run('listPage', request({ tracesLeft: 12 }));
    expect(page.closeAtMs).not.toBeNull();
    expect(page.listed).toBeLessThan(numTraces);
    expect(page.listed).toBeGreaterThanOrEqual(10);
  });

  it('a step of listing stops at a change behind pages without one', async () => {
    await bench.copy(prepared);
    bench.source.add(storedTrace(12, { responsePreview: 'another' }));
    const page = await bench.run('listPage', request());
    expect(page.closeAtMs).toBeNull();
    expect(await bench.differences(page)).toEqual({ info: 1 });
    expect(page.listed).toBeGreaterThan(pageSize);
    expect(page.batches).toHaveLength(1);
  });

  it('a step of listing closes a window by what is left to fetch, which pages without a difference do not use up', async () => {
    const fresh = await bench.run('listPage', request({ fetchesLeft: pageSize }));
    expect(fresh.listed).toBe(pageSize - 1);
    expect(await bench.differences(fresh)).toEqual({ new: pageSize - 1 });
    expect(fresh.closeAtMs).not.toBeNull();
    await bench.copy(prepared);
    const same = await bench.run('listPage', request({ fetchesLeft: pageSize + 1 }));
    expect(same).toMatchObject({ listed: numTraces, closeAtMs: prepared.toMs });
  });

  it('a step of listing asks for the next page while it looks at one without a difference, and for none twice', async () => {
    await bench.copy(prepared);
    const before = bench.source.searches;
    let lookups = 0;
    const searchesAtLookup: number[] = [];
    const compare = bench.warehouse.compare.bind(bench.warehouse);
    vi.spyOn(bench.warehouse, 'compare').mockImplementation((scope, versions) => {
      lookups += 1;
      searchesAtLookup.push(bench.source.searches - before);
      return compare(scope, versions);
    });
    const page = await bench.run('listPage', request());
    expect(page.listed).toBe(numTraces);
    expect(bench.source.searches - before).toBe(page.pages);
    expect(searchesAtLookup).toEqual(
      Array.from({ length: lookups }, (_, index) => Math.min(index === 0 ? 1 : index + 2, page.pages)),
    );
  });

  it('a step of listing hears of a failed look-ahead only where its page is needed', async () => {
    await bench.copy(prepared);
    bench.source.add(storedTrace(5, { responsePreview: 'another' }));
    const search = bench.source.searchPage.bind(bench.source);
    let searches = 0;
    vi.spyOn(bench.source, 'searchPage').mockImplementation((wanted) => {
      searches += 1;
      return searches === 3 ? Promise.reject(new Error('the source went away')) : search(wanted);
    });
    const changed = await bench.run('listPage', request());
    expect(changed.pages).toBe(2);
    expect(await bench.differences(changed)).toEqual({ info: 1 });
    expect(searches).toBe(3);
    searches = 0;
    const cursor = changed.next;
    await expect(bench.run('listPage', request({ cursor }))).rejects.toThrow('the source went away');
  });
});
