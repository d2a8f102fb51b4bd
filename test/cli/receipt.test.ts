import { describe, expect, it } from 'vitest';
import { copyText } from '../../src/cli/receipt.js';
import { paintFor } from '../../src/cli/terminal/text.js';
import { emptyTotals } from '../../src/copy/run.js';

const plain = paintFor(false);

describe('the receipt of a run', () => {
  const model = {
    kind: 'finished' as const,
    workflowId: 'w',
    firstRunId: 'r',
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
      otherVersions: 0,
      askedToMs: null,
      receiptPath: '/data/receipts/w.json',
    },
    server: { origin: 'ours' as const, address: '127.0.0.1:7233', uiUrl: null },
    target: { name: 'local', location: '/data/tracelift.duckdb' },
    elapsedMs: 12_345,
  };

  it('the receipt of a run leads with the verdict and names what is missing', () => {
    const text = copyText(model, plain);
    expect(text.split('\n')[0]).toBe('1 missing  bot (experiment 1, demo)');
    expect(text).toContain('4,000 listed, 3,999 landed, 1 missing');
    expect(text).toContain('/data/tracelift.duckdb');
  });

  it('the receipt of a run that was only started says how to follow it', () => {
    expect(copyText({ ...model, kind: 'started', result: null }, plain)).toContain('tracelift status');
  });
});
