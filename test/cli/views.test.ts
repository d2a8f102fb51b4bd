import { describe, expect, it } from 'vitest';
import { jsonOutput } from '../../src/cli/terminal/json-output.js';
import { copyView } from '../../src/cli/terminal/receipt.js';
import { progressCounts, progressText, progressView } from '../../src/cli/terminal/progress.js';
import { queryView } from '../../src/cli/views/tables.js';
import { byteSize, count, decimal, duration, instant, paintFor, plural } from '../../src/cli/terminal/text.js';
import type { QueryResult } from '../../src/targets/warehouse.js';
import { emptyTotals } from '../../src/copy/run.js';
import type { RunProgress } from '../../src/workflows/contract.js';

const plain = paintFor(false);

describe('numbers and times for people', () => {
  it('never show unknown as 0', () => {
    expect([count(null), decimal(null), instant(null), duration(null), byteSize(null)]).toEqual([
      '-',
      '-',
      '-',
      '-',
      '-',
    ]);
  });

  it('are short and exact', () => {
    expect(count(1234567n)).toBe('1,234,567');
    expect(count(2n ** 60n)).toBe('1,152,921,504,606,846,976');
    expect(decimal(0.123456)).toBe('0.1235');
    expect(instant(Date.UTC(2024, 0, 1))).toBe('2024-01-01 00:00:00Z');
    expect([duration(850), duration(12_345), duration(250_000), duration(7_500_000)]).toEqual([
      '850 ms',
      '12.3 s',
      '4 min 10 s',
      '2 h 5 min',
    ]);
    expect([byteSize(0), byteSize(1536), byteSize(3 * 1024 ** 3)]).toEqual(['0 B', '1.5 KiB', '3 GiB']);
    expect([plural(1, 'batch', 'batches'), plural(0, 'trace')]).toEqual(['1 batch', '0 traces']);
  });
});

describe('the JSON output', () => {
  it('keeps integers exact: beyond 2^53 as text', () => {
    expect(JSON.parse(jsonOutput({ small: 5n, large: 2n ** 60n }))).toEqual({ small: 5, large: '1152921504606846976' });
  });
});

describe('a query result', () => {
  const result: QueryResult = {
    columns: ['name', 'value'],
    rows: [
      ['a,b', 1],
      ['say "hi"', null],
      ['', true],
      ['two\nlines', 0.5],
    ],
    truncated: true,
  };

  it('as CSV quotes what must be quoted and tells NULL from the empty text', () => {
    expect(queryView(result, 'csv', plain)).toBe(
      'name,value\r\n"a,b",1\r\n"say ""hi""",\r\n"",true\r\n"two\nlines",0.5',
    );
  });

  it('as JSON has one object per row', () => {
    expect(JSON.parse(queryView(result, 'json', plain))).toContainEqual({ name: 'say "hi"', value: null });
  });

  it('as a table shows NULL and says that rows were cut off', () => {
    const text = queryView(result, 'table', plain);
    expect(text).toContain('NULL');
    expect(text).toContain('raise --limit');
    expect(queryView({ ...result, rows: [], truncated: false }, 'table', plain)).toBe('no rows');
  });
});

const progress: RunProgress = {
  phase: 'copying',
  paused: false,
  concurrency: 8,
  experimentId: '1',
  experimentName: 'bot',
  fromMs: 0,
  toMs: 1,
  verifiedToMs: 0,
  expectedTraces: 100,
  totals: { ...emptyTotals, windows: 1, listed: 50 },
  inFlight: { listed: 30, processed: 20 },
  processedTraces: 60,
  startedAtMs: 0,
};

describe('progress', () => {
  it('counts verified windows and what is processed in open ones, never beyond what is expected', () => {
    expect(progressCounts(progress)).toEqual({ done: 70, expected: 100 });
    expect(progressCounts({ ...progress, expectedTraces: 10 })).toEqual({ done: 70, expected: 80 });
    expect(progressCounts({ ...progress, expectedTraces: null })).toEqual({ done: 70, expected: null });
    expect(progressText({ ...progress, paused: true })).toContain('70 of about 100 traces');
  });

  it('draws no bar where the output is no terminal, and nothing at all with --json', () => {
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) };
    const view = progressView(stream, plain, false);
    view.update(progress);
    view.update(progress);
    view.stop();
    expect(lines).toHaveLength(1);
    // eslint-disable-next-line no-control-regex -- looks for the escape sequences of terminals
    expect(lines.join('')).not.toMatch(/\u001b/);
    const quiet = progressView(stream, plain, true);
    quiet.update(progress);
    quiet.note('hello');
    expect(lines).toHaveLength(1);
  });
});

describe('the receipt of a run', () => {
  const model = {
    kind: 'finished' as const,
    workflowId: 'w',
    runId: 'r',
    isNew: true,
    result: {
      experimentId: '1',
      experimentName: 'bot',
      sourceId: 'demo',
      fromMs: 0,
      toMs: 86_400_000,
      totals: { ...emptyTotals, windows: 2, listed: 4000, landed: 3999, inserted: 3999, missing: 1, spans: 20_000 },
      monitor: null,
      idsDigest: '00',
      beyondEnd: null,
      askedToMs: null,
      receiptPath: '/data/receipts/w.json',
    },
    server: { origin: 'ours' as const, address: '127.0.0.1:7233', uiUrl: null },
    target: { name: 'local', location: '/data/tracelift.duckdb' },
    elapsedMs: 12_345,
  };

  it('leads with the verdict and names what is missing', () => {
    const text = copyView(model, plain);
    expect(text.split('\n')[0]).toBe('1 missing  bot (experiment 1, demo)');
    expect(text).toContain('4,000 listed, 3,999 landed, 1 missing');
    expect(text).toContain('/data/tracelift.duckdb');
  });

  it('of a run that was only started says how to follow it', () => {
    expect(copyView({ ...model, kind: 'started', result: null }, plain)).toContain('tracelift status');
  });
});
