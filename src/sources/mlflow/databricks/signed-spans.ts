/**
 * Reads spans of MLflow on Databricks: a signed link per trace, then the file behind it.
 *
 * As MLflow's own client does (mlflow/store/artifact/databricks_artifact_repo.py, `download_trace_data`): 404 means
 * that the trace has no data; the link is read with its own headers only.
 */
import { errorMessage, TraceliftError } from '../../../errors/index.js';
import type { JsonValue } from '../../../json/json-value.js';
import { readJson } from '../../../json/decode-json.js';
import { decodeSpans, spanStateOf } from '../../../trace/wire/decode-span.js';
import { itemsOf, member, textOrNull } from '../../../trace/wire/decode-values.js';
import type { SpanReading, TraceInfo } from '../../../trace/trace.js';
import type { UnreadableTrace, SpansRead } from '../../trace-source.js';
import { linkedAbort } from '../../../http/cancellation.js';
import type { HttpAnswer } from '../../../http/http-client.js';
import { isTransientStatus } from '../../../http/retry-policy.js';
import { isMissing } from '../answer-errors.js';
import { isSuccess } from '../capabilities.js';
import type { MlflowClient, MlflowRequest } from '../mlflow-client.js';
import type { SignedDownloads, SignedLink } from './signed-downloads.js';
import type { CallOptions } from '../../../call-options.js';

/** Name of the route, for people. */
export const signedRoute = 'credentials-for-data-download';

/** Reads all; on the first failure of the workspace or the store as a whole the requests still under way are aborted. */
export async function readSignedSpans(
  client: MlflowClient,
  downloads: SignedDownloads,
  infos: readonly TraceInfo[],
  options: CallOptions = {},
): Promise<SpansRead> {
  const abort = linkedAbort(options.signal);
  try {
    const reader = new SignedSpanReader(client, downloads, { ...options, signal: abort.signal });
    const results = await Promise.all(infos.map((info) => reader.read(info)));
    return {
      readings: results.flatMap((result) => ('spans' in result ? [result] : [])),
      unreadable: results.flatMap((result) => ('spans' in result ? [] : [result])),
    };
  } catch (error) {
    abort.abort();
    throw error;
  } finally {
    abort.clear();
  }
}

class SignedSpanReader {
  constructor(
    private readonly client: MlflowClient,
    private readonly downloads: SignedDownloads,
    private readonly options: CallOptions & { readonly signal: AbortSignal },
  ) {}

  async read(info: TraceInfo): Promise<SpanReading | UnreadableTrace> {
    try {
      const answer = await this.download(info);
      this.options.onProgress?.();
      return answer === null ? reading(info, []) : readingOf(info, answer);
    } catch (error) {
      if (!(error instanceof TraceliftError) || error.code !== 'SourceAnswerTooLarge') throw error;
      return refused(info, 'the file is larger than the limit');
    }
  }

  /** Null where the trace has no data. Links end after minutes: a refused one is asked for once more. */
  private async download(info: TraceInfo): Promise<HttpAnswer | null> {
    for (let attempt = 1; ; attempt += 1) {
      const link = await this.link(info);
      if (link === null) return null;
      const answer = await this.downloads.get(link, this.options.signal);
      if (isSuccess(answer)) return answer;
      if (answer.status === 404) return null;
      if (answer.status !== 403 || attempt > 1) throw this.storeError(link, answer);
    }
  }

  private async link(info: TraceInfo): Promise<SignedLink | null> {
    const request: MlflowRequest = {
      method: 'GET',
      path: `/api/2.0/mlflow/traces/${encodeURIComponent(info.traceId)}/credentials-for-data-download`,
      signal: this.options.signal,
    };
    const answer = await this.client.download(request);
    this.options.onProgress?.();
    if (answer.status === 404 && !isMissing(answer, null)) return null;
    const credentials = member(this.client.reply(request, answer).value, 'credential_info');
    const text = textOrNull(member(credentials, 'signed_uri'));
    if (text === null || !URL.canParse(text)) throw this.client.badAnswer(request, 'there is no signed link in it');
    const headers = itemsOf(member(credentials, 'headers')).flatMap((header): [string, string][] => {
      const name = textOrNull(member(header, 'name'));
      return name === null ? [] : [[name, textOrNull(member(header, 'value')) ?? '']];
    });
    return { url: new URL(text), headers: Object.fromEntries(headers) };
  }

  private storeError({ url }: SignedLink, { status, retryAfterMs }: HttpAnswer): TraceliftError {
    const address = url.origin;
    const request = 'a signed link to trace data';
    if (status === 429) {
      return new TraceliftError(
        'SourceRateLimited',
        { address, status },
        retryAfterMs === undefined ? {} : { retryAfterMs },
      );
    }
    if (status >= 500 || isTransientStatus(status)) {
      return new TraceliftError('SourceServerError', { address, request, status, reason: 'the cloud store failed' });
    }
    const reason = 'the cloud store refuses the link that the workspace signed';
    return status === 403
      ? new TraceliftError('SourceForbidden', { address, request, reason })
      : new TraceliftError('SourceRequestRefused', { address, request, status, errorCode: 'none' });
  }
}

function reading(info: TraceInfo, wire: JsonValue | undefined): SpanReading {
  const decoding = decodeSpans(wire);
  return { traceId: info.traceId, spanState: spanStateOf(info, decoding), spans: decoding.spans };
}

function readingOf(info: TraceInfo, answer: HttpAnswer): SpanReading | UnreadableTrace {
  const file = readJson(answer.text);
  return file.ok ? reading(info, member(file.value, 'spans')) : refused(info, 'the stored file is damaged');
}

function refused({ traceId, startTimeMs }: TraceInfo, reason: string): UnreadableTrace {
  const message = errorMessage('SpansUnreadable', { traceId, reason });
  return { traceId, startTimeMs, errorCode: 'SpansUnreadable', message };
}
