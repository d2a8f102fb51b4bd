/** Reads the spans of a batch, turns traces into rows, stages one file. */
import { TraceliftError } from '../../errors/index.js';
import type { StagedDeadLetter, StagedTrace } from '../../tables/rows.js';
import type { SpanReading, TraceInfo } from '../../trace/trace.js';
import type { TraceScope } from '../../tables/trace-key.js';
import { announcedSpans } from '../../trace/wire/decode-span.js';
import { buildTraceRows, examineTrace } from '../../trace/process-trace.js';
import { fromRawRow } from '../../trace/raw-form.js';
import type { ProcessBatchRequest, ProcessedBatch } from './messages.js';
import type { ListedItem } from '../list/listed-trace.js';
import type { CallOptions, TraceSource, UnreadableTrace } from '../../sources/trace-source.js';
import type { Staging } from '../../targets/staging.js';
import type { Warehouse } from '../../targets/warehouse.js';
import { batchFromJson } from './batch-document.js';
import type { BatchDocument } from './batch-document.js';
import type { StepAttempt } from '../attempt.js';
import type { ActivityDependencies, RunConnections } from '../dependencies.js';
import { checkSameServer } from '../same-server.js';
import { rowsKey } from '../staging-layout.js';

const maxNamedFailures = 10;

export async function processBatch(
  { source, target, worker }: RunConnections,
  request: ProcessBatchRequest,
  attempt: StepAttempt,
): Promise<ProcessedBatch> {
  const document = batchFromJson(await target.staging.readJson(request.batch.key));
  const { scope } = request.run;
  const read = await readSpans(document, source, target.warehouse, scope, attempt);
  // Another server knows nothing of these traces, which looks like traces without spans.
  if ([...read.readings.values()].some(({ spanState }) => spanState === 'missing')) {
    await checkSameServer(source, request.run, attempt);
  }
  const traces = stageableTraces(worker, scope, document, read, attempt);
  return writeBatch(target.staging, request.batch.key, traces, attempt);
}

/** Spans of a batch by trace id, and the traces whose spans could not be read. */
interface ReadSpans {
  readonly readings: Map<string, SpanReading>;
  readonly unreadable: ReadonlyMap<string, UnreadableTrace>;
}

/**
 * Traces whose info alone changed take their spans from raw: they were complete, and a second download would cost what
 * the source can give least. Everything else is fetched, also where the new info announces more spans than raw has.
 */
async function readSpans(
  document: BatchDocument,
  source: TraceSource,
  warehouse: Warehouse,
  scope: TraceScope,
  options: Required<CallOptions>,
): Promise<ReadSpans> {
  const infos = document.items.flatMap(({ item }) => (item.info === null ? [] : [item.info]));
  const changedIds = document.items.filter((one) => one.difference === 'changed').map((one) => one.item.traceId);
  const readings = new Map<string, SpanReading>();
  if (changedIds.length > 0) {
    const announcedBy = new Map(infos.map((info) => [info.traceId, announcedSpans(info) ?? 0]));
    for (const row of await warehouse.readRaw(scope, changedIds)) {
      const { reading } = fromRawRow(row);
      const announced = announcedBy.get(row.trace_id) ?? 0;
      if (reading.spanState === 'complete' && reading.spans.length >= announced) readings.set(row.trace_id, reading);
    }
  }
  const wanted = infos.filter((info) => !readings.has(info.traceId));
  const fetched = wanted.length === 0 ? { readings: [], unreadable: [] } : await source.readSpans(wanted, options);
  for (const reading of fetched.readings) readings.set(reading.traceId, reading);
  return { readings, unreadable: new Map(fetched.unreadable.map((trace) => [trace.traceId, trace])) };
}

/** One by one, each made when it is asked for and its spans let go: the rows of a whole batch would be twice its size. */
async function* stageableTraces(
  dependencies: ActivityDependencies,
  scope: TraceScope,
  document: BatchDocument,
  read: ReadSpans,
  options: Required<CallOptions>,
): AsyncGenerator<StagedTrace> {
  for (const { item } of document.items) {
    const unreadable = item.unreadable ?? read.unreadable.get(item.traceId);
    if (item.info === null || unreadable !== undefined) {
      const stage = item.info === null ? 'list' : 'fetch';
      yield deadLetter(scope, item, document.observedAtMs, {
        stage,
        code: unreadable?.errorCode ?? 'TraceUnreadable',
        message: unreadable?.message ?? 'the source lists it but does not serve it',
      });
      continue;
    }
    const reading = read.readings.get(item.traceId) ?? { traceId: item.traceId, spanState: 'missing', spans: [] };
    read.readings.delete(item.traceId);
    yield await processTrace(dependencies, scope, item, item.info, reading, document.observedAtMs, options);
  }
}

/** A trace that cannot be processed is a dead letter: it never stops the others. Cancellation passes. */
async function processTrace(
  dependencies: ActivityDependencies,
  scope: TraceScope,
  item: ListedItem,
  info: TraceInfo,
  reading: SpanReading,
  observedAtMs: number,
  options: Required<CallOptions>,
): Promise<StagedTrace> {
  try {
    return await rowsOf(dependencies, { scope, info, reading, observedAtMs }, options);
  } catch (error) {
    options.signal.throwIfAborted();
    const type = error instanceof Error ? error.name : typeof error;
    const failure =
      error instanceof TraceliftError
        ? error
        : new TraceliftError('TraceUnprocessable', { traceId: item.traceId, type });
    dependencies.log.warn('trace became a dead letter', { traceId: item.traceId, code: failure.code });
    return deadLetter(scope, item, observedAtMs, { stage: 'process', code: failure.code, message: failure.message });
  }
}

/** Counts tokens and builds the rows of one trace. */
export async function rowsOf(
  dependencies: ActivityDependencies,
  trace: {
    readonly scope: TraceScope;
    readonly info: TraceInfo;
    readonly reading: SpanReading;
    readonly observedAtMs: number;
  },
  options: Required<CallOptions>,
): Promise<StagedTrace> {
  const { scope, observedAtMs } = trace;
  const examined = examineTrace(trace.info, trace.reading);
  const tokenCounts = {
    request: await countTokens(dependencies, examined.texts.request, options),
    response: await countTokens(dependencies, examined.texts.response, options),
  };
  return buildTraceRows({ scope, examined, observedAtMs, tokenCounts, options: dependencies.processing });
}

async function countTokens(
  { tokenCounter }: ActivityDependencies,
  text: string | null,
  options: Required<CallOptions>,
): Promise<number | null> {
  if (text === null) return null;
  return tokenCounter.countNow(text) ?? (await tokenCounter.count(text, options));
}

function deadLetter(
  scope: TraceScope,
  item: ListedItem,
  observedAtMs: number,
  failure: { readonly stage: string; readonly code: string; readonly message: string },
): StagedTrace {
  const deadLetterRow: StagedDeadLetter = {
    source_id: scope.sourceId,
    experiment_id: scope.experimentId,
    trace_id: item.traceId,
    source_hash: item.sourceHash,
    start_time_ms: item.info === null ? (item.unreadable.startTimeMs ?? null) : item.startTimeMs,
    stage: failure.stage,
    error_code: failure.code,
    message: failure.message,
    observed_at: observedAtMs * 1000,
  };
  return { kind: 'dead-letter', deadLetter: deadLetterRow };
}

/** One file per attempt: an attempt that was given up but lives on can never touch what its successor staged. */
export async function writeBatch(
  staging: Staging,
  batchKey: string,
  traces: AsyncIterable<StagedTrace>,
  { attempt, signal }: StepAttempt,
): Promise<ProcessedBatch> {
  const key = rowsKey(batchKey, attempt);
  const failedIds: string[] = [];
  const file = await staging.writeTraces(key, noteFailures(traces, failedIds), signal);
  return { ...file, failedIds };
}

async function* noteFailures(traces: AsyncIterable<StagedTrace>, failedIds: string[]): AsyncGenerator<StagedTrace> {
  for await (const trace of traces) {
    if (trace.kind === 'dead-letter' && failedIds.length < maxNamedFailures) failedIds.push(trace.deadLetter.trace_id);
    yield trace;
  }
}
