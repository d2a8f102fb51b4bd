/** Which traces are read in one request. Pure; imports domain types only. */
import { announcedBytes } from '../../domain/trace/decode-span.js';
import type { TraceInfo } from '../../domain/trace/model.js';

/** More ids per request gain nothing (measured on MLflow 3.17), fewer cost round trips. */
const maxTracesPerBatch = 32;

/** Announced size of a batch, bytes: answers are about twice as large, and are held in memory while decoded. */
const maxBytesPerBatch = 2 * 1024 * 1024;

/** Taken where the server announces no size. */
const assumedBytesPerTrace = 64 * 1024;

/** Cuts the list in order; a trace larger than a whole batch gets one of its own. */
export function planSpanBatches(infos: readonly TraceInfo[]): TraceInfo[][] {
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
