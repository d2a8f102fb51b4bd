/**
 * Traces as a listing shows them, and the hash of their version. Shared by the copy and by the reconciliation, which
 * must never differ in what they call a version.
 */
import { hash } from 'node:crypto';

import type { TraceInfo } from '../../trace/trace.js';
import { sourceHash } from '../../trace/source-hash.js';
import type { InfoPage, UnreadableTrace } from '../../sources/trace-source.js';
import type { TraceVersion } from './diff.js';

/** A trace as listed: readable, or known to be unreadable. Its version is told apart since hashing takes its time. */
export type ListedTrace =
  | {
      readonly traceId: string;
      readonly startTimeMs: number;
      readonly info: TraceInfo;
      readonly unreadable: null;
    }
  | {
      readonly traceId: string;
      readonly startTimeMs: number;
      readonly info: null;
      readonly unreadable: UnreadableTrace;
    };

/** With the hash of the version that was listed. */
export type HashedTrace = ListedTrace & TraceVersion;

/** Readable and unreadable rows of a page in the order of the listing. */
export function listedTraces(page: InfoPage, fallbackStartMs: number): ListedTrace[] {
  const readable = page.infos.map((info): ListedTrace => ({
    traceId: info.traceId,
    startTimeMs: info.startTimeMs,
    info,
    unreadable: null,
  }));
  const broken = page.unreadable.map((unreadable): ListedTrace => ({
    traceId: unreadable.traceId,
    startTimeMs: unreadable.startTimeMs ?? fallbackStartMs,
    info: null,
    unreadable,
  }));
  if (broken.length === 0) return readable;
  return [...readable, ...broken].toSorted((a, b) => a.startTimeMs - b.startTimeMs || (a.traceId < b.traceId ? -1 : 1));
}

export function hashed(trace: ListedTrace): HashedTrace {
  const { traceId, info, unreadable } = trace;
  return {
    ...trace,
    sourceHash: info === null ? hash('sha256', `unreadable:${unreadable.errorCode}:${traceId}`) : sourceHash(info),
  };
}
