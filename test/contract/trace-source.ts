/**
 * What every trace source must do, whatever server is behind it. Each adapter runs the suite on a server that holds
 * one experiment of known traces.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InfoPage, TraceSource } from '../../src/sources/trace-source.js';

export interface TraceSourceSubject {
  readonly source: TraceSource;
  readonly experimentId: string;
  readonly experimentName: string;
  /** At least 7 traces, in the order of start, then id; at least two starts are different. */
  readonly traces: readonly { readonly traceId: string; readonly startTimeMs: number; readonly numSpans: number }[];
  /** An experiment id that the server does not have. */
  readonly unknownExperimentId: string;
  dispose?(): Promise<void>;
}

export function testTraceSource(open: () => Promise<TraceSourceSubject>): void {
  let subject: TraceSourceSubject;
  let source: TraceSource;
  let firstMs: number;
  let endMs: number;

  beforeAll(async () => {
    subject = await open();
    source = subject.source;
    firstMs = subject.traces[0]!.startTimeMs;
    endMs = subject.traces.at(-1)!.startTimeMs + 1;
  });

  afterAll(async () => {
    await source.close();
    await subject.dispose?.();
  });

  const ids = (): string[] => subject.traces.map((trace) => trace.traceId);
  const search = (fromMs: number, toMs: number, maxResults: number, pageToken?: string): Promise<InfoPage> => {
    const request = { experimentId: subject.experimentId, fromMs, toMs, maxResults };
    return source.searchPage(pageToken === undefined ? request : { ...request, pageToken });
  };
  const searchAll = async (fromMs: number, toMs: number, maxResults: number): Promise<string[]> => {
    const found: string[] = [];
    let token: string | undefined;
    do {
      const page: InfoPage = await search(fromMs, toMs, maxResults, token);
      expect(page.unreadable).toStrictEqual([]);
      expect(page.infos.length).toBeLessThanOrEqual(maxResults);
      found.push(...page.infos.map((info) => info.traceId));
      token = page.nextPageToken;
    } while (token !== undefined);
    return found;
  };

  describe('searching', () => {
    it.each([1, 3, 500])('searching lists every trace once, oldest first, by pages of %i', async (maxResults) => {
      expect(await searchAll(firstMs, endMs, maxResults)).toStrictEqual(ids());
    });

    it('searching takes the first bound in and leaves the second one out, to the millisecond', async () => {
      const lastMs = endMs - 1;
      const before = subject.traces.filter((trace) => trace.startTimeMs < lastMs).map((trace) => trace.traceId);
      const after = subject.traces.filter((trace) => trace.startTimeMs > firstMs).map((trace) => trace.traceId);
      expect(await searchAll(firstMs, lastMs, 500)).toStrictEqual(before);
      expect(await searchAll(firstMs + 1, endMs, 500)).toStrictEqual(after);
    });

    it('searching answers an empty range with an empty page that ends the search', async () => {
      const page = await search(endMs, endMs + 1, 500);
      expect(page.infos).toStrictEqual([]);
      expect(page.nextPageToken).toBeUndefined();
    });

    it("searching tells the source's clock and the size of the answer", async () => {
      const page = await search(firstMs, endMs, 2);
      expect(Math.abs(page.observedAtMs - (await source.nowMs()))).toBeLessThan(60_000);
      expect(page.bytes).toBeGreaterThan(0);
    });

    it('searching keeps the experiment and the exact start of each trace', async () => {
      const { infos } = await search(firstMs, endMs, 500);
      expect(infos.map((info) => info.startTimeMs)).toStrictEqual(subject.traces.map((trace) => trace.startTimeMs));
      expect(new Set(infos.map((info) => info.experimentId))).toStrictEqual(new Set([subject.experimentId]));
    });
  });

  describe('looking traces up by id', () => {
    it('looking traces up by id finds the known ones as a search shows them, and leaves out the unknown', async () => {
      const wanted = [ids()[4]!, `tr-${'0'.repeat(31)}1`, ids()[0]!, "it's odd", ids()[2]!];
      const page = await source.getInfos(subject.experimentId, wanted);
      const byId = new Map((await search(firstMs, endMs, 500)).infos.map((info) => [info.traceId, info]));
      expect(page.infos.map((info) => info.traceId).toSorted()).toStrictEqual(
        [0, 2, 4].map((n) => ids()[n]).toSorted(),
      );
      for (const info of page.infos) expect(info).toStrictEqual(byId.get(info.traceId));
    });

    it('looking traces up by id finds them in their own experiment only', async () => {
      expect((await source.getInfos(subject.unknownExperimentId, [ids()[0]!])).infos).toStrictEqual([]);
    });

    it('looking up no ids finds nothing', async () => {
      expect((await source.getInfos(subject.experimentId, [])).infos).toStrictEqual([]);
    });
  });

  describe('reading spans', () => {
    it('reading spans gives one complete reading per trace, with all its spans', async () => {
      let progress = 0;
      const { infos } = await search(firstMs, endMs, 500);
      const { readings, unreadable } = await source.readSpans(infos, { onProgress: () => progress++ });
      expect(unreadable).toStrictEqual([]);
      const numSpans = new Map(readings.map((reading) => [reading.traceId, reading.spans.length]));
      expect(numSpans).toStrictEqual(new Map(subject.traces.map((trace) => [trace.traceId, trace.numSpans])));
      expect(new Set(readings.map((reading) => reading.spanState))).toStrictEqual(new Set(['complete']));
      expect(progress).toBeGreaterThan(0);
    });

    it('reading spans reports a trace that has no spans at the source as missing, beside the others', async () => {
      const { infos } = await search(firstMs, endMs, 1);
      const gone = { ...infos[0]!, traceId: `tr-${'0'.repeat(31)}2` };
      const { readings } = await source.readSpans([gone, ...infos]);
      const states = new Map(readings.map((reading) => [reading.traceId, reading.spanState]));
      expect(states).toStrictEqual(
        new Map([
          [gone.traceId, 'missing'],
          [infos[0]!.traceId, 'complete'],
        ]),
      );
    });

    it('reading the spans of no traces gives nothing', async () => {
      expect(await source.readSpans([])).toStrictEqual({ readings: [], unreadable: [] });
    });
  });

  describe('experiments', () => {
    it('experiments are found by id and by exact name, and listed', async () => {
      const expected = { experimentId: subject.experimentId, name: subject.experimentName, lifecycleStage: 'active' };
      const found = await source.getExperiment(subject.experimentId);
      expect(found).toMatchObject(expected);
      expect(await source.getExperiment(subject.experimentName)).toStrictEqual(found);
      expect(await source.listExperiments()).toContainEqual(found);
    });

    it('experiments that do not exist are an error that names them', async () => {
      for (const unknown of [subject.unknownExperimentId, 'no such experiment']) {
        await expect(source.getExperiment(unknown)).rejects.toMatchObject({
          code: 'ExperimentNotFound',
          parameters: { experiment: unknown },
        });
      }
    });
  });

  describe('facts about the source', () => {
    it('facts about the source hold an address without credentials and the ways it is read', async () => {
      const description = await source.describe();
      expect(description.sourceId).not.toBe('');
      expect(new URL(description.address).username).toBe('');
      expect(description.spanRoutes.length).toBeGreaterThan(0);
    });

    it('facts about the source tell the oldest trace, and that an unknown experiment has none', async () => {
      expect(await source.earliestTraceMs(subject.experimentId)).toBe(firstMs);
      expect(await source.earliestTraceMs(subject.unknownExperimentId)).toBeNull();
    });

    it('facts about the source count traces of a range exactly, where the server can count', async () => {
      const { hasTraceCounts } = await source.describe();
      const lastMs = endMs - 1;
      const numBefore = subject.traces.filter((trace) => trace.startTimeMs < lastMs).length;
      const counts = [
        await source.countTraces(subject.experimentId, firstMs, endMs),
        await source.countTraces(subject.experimentId, firstMs, lastMs),
        await source.countTraces(subject.experimentId, firstMs, firstMs),
      ];
      expect(counts).toStrictEqual(hasTraceCounts ? [subject.traces.length, numBefore, 0] : [null, null, null]);
    });

    it('facts about the source count the spans of the traces of a range exactly, where the server can count', async () => {
      const { hasTraceCounts } = await source.describe();
      const spansOf = (traces: TraceSourceSubject['traces']): number =>
        traces.reduce((sum, { numSpans }) => sum + numSpans, 0);
      const before = subject.traces.filter((trace) => trace.startTimeMs < endMs - 1);
      const counts = [
        await source.countSpans(subject.experimentId, firstMs, endMs),
        await source.countSpans(subject.experimentId, firstMs, endMs - 1),
        await source.countSpans(subject.experimentId, firstMs, firstMs),
      ];
      expect(counts).toStrictEqual(hasTraceCounts ? [spansOf(subject.traces), spansOf(before), 0] : [null, null, null]);
    });
  });

  it('a source ends a call at once when it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('stopped by a person'));
    const request = { experimentId: subject.experimentId, fromMs: firstMs, toMs: endMs, maxResults: 1 };
    await expect(source.searchPage(request, { signal })).rejects.toThrow('stopped by a person');
  });
}
