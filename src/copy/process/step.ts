/**
 * Reads the spans of a batch, turns traces into rows, stages one file. A batch that turns out too large is left where it
 * is too large: what was read is kept, and the rest becomes batches of its own.
 */
import { TraceliftError } from '../../errors/index.js';
import type { TraceSource } from '../../sources/trace-source.js';
import type { StagedTrace } from '../../tables/rows.js';
import type { ExperimentScope } from '../../trace/trace.js';
import { announcedBytes } from '../../trace/wire/decode-span.js';
import type { StepAttempt } from '../attempt.js';
import type { ActivityDependencies, RunConnections } from '../dependencies.js';
import { isBatch, readDocument } from '../staged-documents.js';
import type { BatchDocument } from '../list/batch-document.js';
import { stageBatches } from '../list/stage-page.js';
import { checkSameServer } from '../same-server.js';
import { restKey } from '../staging-layout.js';
import type { ProcessBatchRequest, ProcessedBatch } from './messages.js';
import { copyAttachments, type AttachmentRoute } from './copy-attachments.js';
import { limitsAfterDeaths, Portions, SeenSizes, textSize } from './portions.js';
import { spansOf } from './read-spans.js';
import type { DatedReading, DatedReadings } from './read-spans.js';
import { deadLetterOf } from './rules.js';
import { stageRows } from './stage-rows.js';
import { traceRows } from './trace-rows.js';
import type { ReadTrace } from './trace-rows.js';

type ListedTrace = BatchDocument['traces'][number];

/** Sizes of traces that nobody announces, for as long as the worker has the source open. */
const seenSizes = new WeakMap<TraceSource, SeenSizes>();

export async function processBatch(
  connections: RunConnections,
  request: ProcessBatchRequest,
  attempt: StepAttempt,
): Promise<ProcessedBatch> {
  const { batch, settings } = request;
  const { staging } = connections.target;
  const document = await readDocument(staging, batch.key, isBatch);
  const limits = limitsAfterDeaths(document.traces.length, settings.batchBytes, attempt.deaths);
  const seen = seenSizes.get(connections.source) ?? new SeenSizes();
  seenSizes.set(connections.source, seen);
  const portions = new Portions(document.traces, announcedSize, limits, seen);
  const rows = processPortions(connections, request, { document, portions }, attempt);
  const file = await stageRows(staging, batch.key, rows, attempt);
  if (portions.rest.length === 0) return file;
  const rest = await stageBatches(
    staging,
    (index) => restKey(batch.key, attempt.attempt, index),
    portions.rest,
    document.observedAtMs,
    { maxTraces: Math.min(settings.batchTraces, limits.maxTraces), maxBytes: limits.maxBytes },
    (trace) => announcedSize(trace) ?? seen.expectedBytes ?? limits.maxBytes,
  );
  return { ...file, rest };
}

/** An unreadable trace has nothing to fetch. */
function announcedSize({ trace }: ListedTrace): number | null {
  return trace.info === null ? 0 : announcedBytes(trace.info);
}

/** What a batch is made of, and how much of it an attempt has read. */
interface BatchInPortions {
  readonly document: BatchDocument;
  readonly portions: Portions<ListedTrace>;
}

/** One portion is read when the rows of the one before it are written. */
async function* processPortions(
  connections: RunConnections,
  { run, settings }: ProcessBatchRequest,
  { document: { observedAtMs }, portions }: BatchInPortions,
  attempt: StepAttempt,
): AsyncGenerator<StagedTrace> {
  const { source, target, worker } = connections;
  const scope = { ...run.scope, experimentName: run.experimentName ?? null };
  const route = { source, store: target.attachments, log: worker.log };
  for (let traces = portions.next(); traces.length > 0; traces = portions.next()) {
    const document = { observedAtMs, traces };
    const read = await spansOf(source, target.warehouse, run.scope, document, settings.settleMs, attempt);
    // Another server knows nothing of these traces, which looks like traces without spans.
    if ([...read.readings.values()].some(({ spanState }) => spanState === 'missing')) {
      await checkSameServer(source, run, attempt);
    }
    const sizes: number[] = [];
    for await (const rows of processTraces(worker, scope, document, read, route, attempt)) {
      sizes.push(rows.kind === 'landed' ? textSize(rows.raw) : 0);
      yield rows;
    }
    portions.read(sizes);
    attempt.onProgress();
  }
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
