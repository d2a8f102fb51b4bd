/** Reads the spans of a batch, turns traces into rows, stages one file. */
import { TraceliftError } from '../../errors/index.js';
import type { StagedTrace } from '../../tables/rows.js';
import type { ExperimentScope } from '../../trace/trace.js';
import type { StepAttempt } from '../attempt.js';
import type { ActivityDependencies, RunConnections } from '../dependencies.js';
import { isBatch, readDocument } from '../staged-documents.js';
import type { BatchDocument } from '../list/batch-document.js';
import { checkSameServer } from '../same-server.js';
import type { ProcessBatchRequest, ProcessedBatch } from './messages.js';
import { copyAttachments, type AttachmentRoute } from './copy-attachments.js';
import { spansOf } from './read-spans.js';
import type { DatedReading, DatedReadings } from './read-spans.js';
import { deadLetterOf } from './rules.js';
import { stageRows } from './stage-rows.js';
import { traceRows } from './trace-rows.js';
import type { ReadTrace } from './trace-rows.js';

export async function processBatch(
  { source, target, worker }: RunConnections,
  request: ProcessBatchRequest,
  attempt: StepAttempt,
): Promise<ProcessedBatch> {
  const { run, batch, settings } = request;
  const document = await readDocument(target.staging, batch.key, isBatch);
  const read = await spansOf(source, target.warehouse, run.scope, document, settings.settleMs, attempt);
  // Another server knows nothing of these traces, which looks like traces without spans.
  if ([...read.readings.values()].some(({ spanState }) => spanState === 'missing')) {
    await checkSameServer(source, run, attempt);
  }
  const scope = { ...run.scope, experimentName: run.experimentName ?? null };
  const route = { source, store: target.attachments, log: worker.log };
  const traces = processTraces(worker, scope, document, read, route, attempt);
  return stageRows(target.staging, batch.key, traces, attempt);
}

/** One by one, each made when it is asked for and its spans let go: the rows of a whole batch would be twice its size. */
async function* processTraces(
  worker: ActivityDependencies,
  scope: ExperimentScope,
  { traces, observedAtMs: listedAtMs }: BatchDocument,
  { readings, unreadable }: DatedReadings,
  route: AttachmentRoute,
  attempt: StepAttempt,
): AsyncGenerator<StagedTrace> {
  for (const { trace, observedAtMs = listedAtMs } of traces) {
    const { traceId, sourceHash, startTimeMs, info } = trace;
    if (info === null) {
      const { errorCode: code, message } = trace.unreadable;
      const listedMs = trace.unreadable.startTimeMs;
      yield deadLetterOf(scope, trace, listedMs, observedAtMs, { stage: 'list', code, message });
      continue;
    }
    const failure = unreadable.get(traceId);
    if (failure !== undefined) {
      const { errorCode: code, message } = failure;
      yield deadLetterOf(scope, trace, startTimeMs, observedAtMs, { stage: 'fetch', code, message });
      continue;
    }
    const reading: DatedReading = readings.get(traceId) ?? { traceId, spanState: 'missing', spans: [] };
    readings.delete(traceId);
    const spansObservedAtMs = reading.observedAtMs ?? observedAtMs;
    const read = { scope, info, reading, sourceHash, observedAtMs, spansObservedAtMs };
    const staged = await processTrace(worker, read, attempt);
    // Spans that raw has were read before, and their files with them.
    const isNew = staged.kind === 'landed' && reading.observedAtMs === undefined;
    yield isNew ? { ...staged, attachments: await copyAttachments(route, staged.attachments, attempt) } : staged;
  }
}

/** A trace that cannot be processed is a dead letter: it never stops the others. Cancellation passes. */
async function processTrace(
  worker: ActivityDependencies,
  trace: ReadTrace,
  attempt: StepAttempt,
): Promise<StagedTrace> {
  try {
    return await traceRows(worker, trace, attempt);
  } catch (error) {
    attempt.signal.throwIfAborted();
    const { scope, info, sourceHash, observedAtMs } = trace;
    const { traceId, startTimeMs } = info;
    const type = error instanceof Error ? error.name : typeof error;
    const { code, message } =
      error instanceof TraceliftError ? error : new TraceliftError('TraceUnprocessable', { traceId, type });
    worker.log.warn('trace became a dead letter', { traceId, code });
    return deadLetterOf(scope, { traceId, sourceHash }, startTimeMs, observedAtMs, { stage: 'process', code, message });
  }
}
