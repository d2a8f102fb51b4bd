/**
 * Reads one file that a trace refers to: `get-trace-artifact` with the path of the file, as MLflow's own pages do
 * (`get_trace_artifact_handler` in https://github.com/mlflow/mlflow/blob/master/mlflow/server/handlers.py).
 */
import { TraceliftError } from '../../errors/index.js';
import type { CallOptions } from '../../call-options.js';
import type { ReadAttachment, WantedAttachment } from '../trace-source.js';
import { isRefused, isSuccess } from './capabilities.js';
import type { MlflowClient, MlflowRequest } from './mlflow-client.js';

const missing = (reason: Extract<ReadAttachment, { kind: 'missing' }>['reason']): ReadAttachment => ({
  kind: 'missing',
  reason,
});

export async function readAttachment(
  client: MlflowClient,
  { traceId, attachmentId, maxBytes }: WantedAttachment,
  { signal }: CallOptions,
): Promise<ReadAttachment> {
  const request: MlflowRequest = {
    method: 'GET',
    path: '/ajax-api/2.0/mlflow/get-trace-artifact',
    query: { request_id: traceId, path: attachmentId },
    wantsBytes: true,
    maxResponseBytes: maxBytes,
    // A file that the store lost gives 500 each time.
    retry: { maxAttemptsOnServerError: 1 },
    ...(signal === undefined ? {} : { signal }),
  };
  try {
    const answer = await client.download(request);
    if (isSuccess(answer))
      return isSpans(answer.bytes) ? missing('unsupported') : { kind: 'bytes', bytes: answer.bytes };
    if (isRefused(answer)) return missing('refused');
    if ([400, 404, 500].includes(answer.status)) return missing('gone');
    throw client.errorOf(request, answer);
  } catch (error) {
    if (error instanceof TraceliftError && error.code === 'SourceAnswerTooLarge') return missing('too_large');
    throw error;
  }
}

/** Servers from before attachments do not know the path and answer with the spans of the trace. */
function isSpans(bytes: Uint8Array): boolean {
  return /^\s*\{\s*"spans"/.test(Buffer.from(bytes.subarray(0, 100)).toString('latin1'));
}
