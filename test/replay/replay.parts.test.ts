import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const folder = fileURLToPath(new URL('./histories/', import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));

interface StartAttributes {
  readonly workflowType: { readonly name: string };
  readonly workflowId: string;
  readonly input?: { readonly payloads?: readonly { data: string }[] };
}

interface RecordedHistory {
  readonly events: readonly { readonly workflowExecutionStartedEventAttributes?: StartAttributes }[];
}

function read(file: string): RecordedHistory {
  return JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as RecordedHistory;
}

function startOf(file: string): StartAttributes | undefined {
  return read(file).events[0]?.workflowExecutionStartedEventAttributes;
}

/** What came of the replay of each file. */
async function replay(change: (history: RecordedHistory) => RecordedHistory): Promise<Record<string, string>> {
  // Ids of children are made from the id of the run: a replay needs the recorded one.
  const fileById = new Map(files.map((file): [string, string] => [startOf(file)?.workflowId ?? file, file]));
  const histories = [...fileById].map(([workflowId, file]) => ({ workflowId, history: change(read(file)) }));
  const outcomes: Record<string, string> = {};
  for await (const result of Worker.runReplayHistories({ workflowsPath }, histories)) {
    outcomes[fileById.get(result.workflowId) ?? result.workflowId] =
      result.error === undefined ? 'replayed' : String(result.error);
  }
  return outcomes;
}

const allReplayed = Object.fromEntries(files.map((file) => [file, 'replayed']));

/** The same history, started by a version that wrote a field of its own into every input. */
function startedWith(history: RecordedHistory, field: Readonly<Record<string, unknown>>): RecordedHistory {
  const changed = structuredClone(history);
  const input = changed.events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  if (input === undefined) return changed;
  const given = JSON.parse(Buffer.from(input.data, 'base64').toString()) as Record<string, unknown>;
  input.data = Buffer.from(JSON.stringify({ ...given, ...field })).toString('base64');
  return changed;
}

describe('recorded histories', () => {
  it('recorded histories replay without a difference, so that running copies survive an upgrade', async () => {
    expect(await replay((history) => history)).toEqual(allReplayed);
  }, 60_000);

  it('recorded histories replay where an earlier version wrote the heartbeat timeout into the input', async () => {
    expect(await replay((history) => startedWith(history, { heartbeatTimeoutMs: 30_000 }))).toEqual(allReplayed);
  }, 60_000);

  it('recorded histories exist for every workflow type', () => {
    const types = new Set(files.map((file) => startOf(file)?.workflowType.name));
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
