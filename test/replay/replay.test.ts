import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const folder = fileURLToPath(new URL('./histories/', import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));

interface RecordedHistory {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes?: { readonly workflowType: { name: string } };
  }[];
}

function read(file: string): RecordedHistory {
  return JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as RecordedHistory;
}

describe('recorded histories', () => {
  it('replay without a difference, so that running copies survive an upgrade', async () => {
    const histories = files.map((file) => ({ workflowId: file, history: read(file) }));
    const outcomes: Record<string, string> = {};
    for await (const result of Worker.runReplayHistories({ workflowsPath }, histories)) {
      outcomes[result.workflowId] = result.error === undefined ? 'replayed' : String(result.error);
    }
    expect(outcomes).toEqual(Object.fromEntries(files.map((file) => [file, 'replayed'])));
  }, 60_000);

  it('exist for every workflow type', () => {
    const types = new Set(
      files.map((file) => read(file).events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name),
    );
    expect([...types].toSorted()).toEqual([
      'backfillExperiments',
      'backfillTraces',
      'commitWindow',
      'ensureMonitor',
      'notifyRun',
      'rebuildGold',
      'syncTraces',
    ]);
  });
});
