/** Which traces are read in one request. Pure. */
import { announcedBytes } from '../../trace/wire/decode-span.js';
import type { TraceInfo } from '../../trace/trace.js';

/** More ids per request gain nothing (measured on MLflow 3.17), fewer cost round trips. */
const maxTracesPerBatch = 50;

/** Announced size of a batch, bytes: answers are about twice as large, and are held in memory while decoded. */
const maxBytesPerBatch = 2 * 1024 * 1024;

/**
 * Answers to more than one trace are read up to this size; larger ones are asked for again in halves. Keeps the memory
 * bounded where traces are larger than announced.
 */
export const maxBatchAnswerBytes = 32 * 1024 * 1024;

/** Answers of batchGet are about this many times as large as the stored traces. */
const answerFactor = 2;

/**
 * What a trace of unknown size is taken to hold: servers announce no size for traces that came through OTLP. Learns
 * from the answers, so that large traces are soon asked for in small batches.
 */
export class TraceSizeEstimate {
  private perTraceBytes = 64 * 1024;

  get bytesPerTrace(): number {
    return this.perTraceBytes;
  }

  /** @param answerBytes size of the answer for so many traces */
  observe(numTraces: number, answerBytes: number): void {
    const seenBytes = answerBytes / numTraces / answerFactor;
    // Up at once, down slowly: a batch that is too large costs more than one that is too small.
    this.perTraceBytes = Math.max(1024, seenBytes, this.perTraceBytes + (seenBytes - this.perTraceBytes) / 8);
  }
}

/**
 * Cuts the list in order; a trace larger than a whole batch gets one of its own.
 * @param assumedBytesPerTrace taken where the server announces no size
 */
export function planSpanBatches(infos: readonly TraceInfo[], assumedBytesPerTrace: number): TraceInfo[][] {
  const batches: TraceInfo[][] = [];
  let batch: TraceInfo[] = [];
  let batchBytes = 0;
  for (const info of infos) {
    const bytes = announcedBytes(info) ?? assumedBytesPerTrace;
    if (batch.length > 0 && (batch.length >= maxTracesPerBatch || batchBytes + bytes > maxBytesPerBatch)) {
      batches.push(batch);
      batch = [];
      batchBytes = 0;
    }
    batch.push(info);
    batchBytes += bytes;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
