/** The last step of a copying run: its receipt, and the tables made readable for others. */
import { schemaVersion } from '../../tables/index.js';
import { processVersion } from '../../trace/process-trace.js';
import type { RunReceipt } from './receipt.js';
import type { CloseRunRequest, ClosedRun } from './messages.js';
import type { ActivityDependencies } from '../dependencies.js';
import { alive, partsOf } from '../run-guard.js';

/** More windows than any run has: 100,000 windows of 5,000 traces are half a billion traces. */
const maxWindows = 100_000;

export function closeRun(dependencies: ActivityDependencies, request: CloseRunRequest): Promise<ClosedRun> {
  return alive(async (options) => {
    const { run, ...facts } = request;
    const { source, target } = await partsOf(dependencies, run);
    const { warehouse } = target;
    const { workflowId, firstRunId } = request;
    const windows = await warehouse.ledger({ ...run.scope, workflowId, firstRunId, limit: maxWindows });
    const receipt: RunReceipt = {
      ...facts,
      ...run.scope,
      traceliftVersion: dependencies.version,
      sourceVersion: (await source.describe(options)).version,
      schemaVersion,
      processVersion: processVersion(dependencies.processing),
      target: warehouse.location,
      closedAtMs: Date.now(),
      windows: windows.toSorted((a, b) => Number(a.window_index) - Number(b.window_index)),
    };
    return { receiptPath: await dependencies.writeReceipt(receipt), publishedTo: await warehouse.publish() };
  });
}
