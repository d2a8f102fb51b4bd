/**
 * Traces as a listing shows them, with the hash of their version. Imports domain and ports only; shared by the copy and
 * by the reconciliation, which must never differ in what they call a version.
 */
import { createHash } from 'node:crypto';

import type { TraceInfo } from '../domain/trace/model.js';
import { sourceHash } from '../domain/trace/source-hash.js';
import { combineDigests, emptyDigest } from '../domain/window/digest.js';
import type { InfoPage, UnreadableTrace } from '../ports/trace-source.js';

/** A trace as listed, with its version hash: readable, or known to be unreadable. */
export type ListedItem =
  | {
      readonly traceId: string;
      readonly startTimeMs: number;
      readonly sourceHash: string;
      readonly info: TraceInfo;
      readonly unreadable: null;
    }
  | {
      readonly traceId: string;
      readonly startTimeMs: number;
      readonly sourceHash: string;
      readonly info: null;
      readonly unreadable: UnreadableTrace;
    };

/** Readable and unreadable rows of a page in the order of the listing. */
export function listedItems(page: InfoPage, fallbackStartMs: number): ListedItem[] {
  const readable = page.infos.map((info): ListedItem => ({
    traceId: info.traceId,
    startTimeMs: info.startTimeMs,
    sourceHash: sourceHash(info),
    info,
    unreadable: null,
  }));
  const broken = page.unreadable.map((unreadable): ListedItem => ({
    traceId: unreadable.traceId,
    startTimeMs: unreadable.startTimeMs ?? fallbackStartMs,
    sourceHash: sha256(`unreadable:${unreadable.errorCode}:${unreadable.traceId}`),
    info: null,
    unreadable,
  }));
  if (broken.length === 0) return readable;
  return [...readable, ...broken].toSorted((a, b) => a.startTimeMs - b.startTimeMs || (a.traceId < b.traceId ? -1 : 1));
}

/** XOR of the SHA-256 of each id: independent of order and of page boundaries. */
export function idsDigest(traceIds: Iterable<string>): string {
  let digest = emptyDigest;
  for (const traceId of traceIds) digest = combineDigests(digest, sha256(traceId));
  return digest;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
