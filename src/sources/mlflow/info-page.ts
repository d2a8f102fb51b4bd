/** Makes an info page of a search reply. */
import { errorMessage } from '../../errors/index.js';
import type { JsonValue } from '../../json/json-value.js';
import { decodeInfo } from '../../trace/wire/decode-info.js';
import { itemsOf, member, textOrNull } from '../../trace/wire/decode-values.js';
import type { TraceInfo } from '../../trace/trace.js';
import type { InfoPage, UnreadableTrace } from '../trace-source.js';
import type { MlflowReply } from './mlflow-client.js';

/** A page without rows is `{}`; only a missing or empty token ends a search. */
export function infoPage(reply: MlflowReply, experimentId: string): InfoPage {
  const token = textOrNull(member(reply.value, 'next_page_token'));
  return {
    ...decodeInfos(itemsOf(member(reply.value, 'traces')), experimentId),
    ...(token === null ? {} : { nextPageToken: token }),
    observedAtMs: reply.observedAtMs,
    bytes: reply.bytes,
  };
}

function decodeInfos(
  wires: readonly JsonValue[],
  experimentId: string,
): { infos: TraceInfo[]; unreadable: UnreadableTrace[] } {
  const infos: TraceInfo[] = [];
  const unreadable: UnreadableTrace[] = [];
  for (const wire of wires) {
    const decoding = decodeInfo(wire, experimentId);
    if (decoding.ok) infos.push(decoding.info);
    else unreadable.push(unusable(decoding.traceId ?? 'without id', decoding.startTimeMs, decoding.reason));
  }
  return { infos, unreadable };
}

function unusable(traceId: string, startTimeMs: number | null, reason: string): UnreadableTrace {
  const message = errorMessage('TraceInfoUnusable', { traceId, reason });
  return { traceId, startTimeMs, errorCode: 'TraceInfoUnusable', message };
}

/** A trace that the server lists but fails to serve. */
export function unreadableTrace(traceId: string, startTimeMs: number | null): UnreadableTrace {
  const message = errorMessage('TraceUnreadable', { traceId });
  return { traceId, startTimeMs, errorCode: 'TraceUnreadable', message };
}
