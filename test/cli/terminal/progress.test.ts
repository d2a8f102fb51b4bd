import { describe, expect, it } from 'vitest';
import { progressCounts, progressText, progressView } from '../../../src/cli/terminal/progress.js';
import { paintFor } from '../../../src/cli/terminal/text.js';
import { emptyTotals } from '../../../src/copy/run.js';
import type { RunProgress } from '../../../src/workflows/contract.js';

const plain = paintFor(false);

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
  it('progress counts verified windows and what is processed in open ones, never beyond what is expected', () => {
    expect(progressCounts(progress)).toEqual({ done: 70, expected: 100 });
    expect(progressCounts({ ...progress, expectedTraces: 10 })).toEqual({ done: 70, expected: 80 });
    expect(progressCounts({ ...progress, expectedTraces: null })).toEqual({ done: 70, expected: null });
    expect(progressText({ ...progress, paused: true })).toContain('70 of about 100 traces');
  });

  it('progress draws no bar where the output is no terminal, and nothing at all with --json', () => {
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
