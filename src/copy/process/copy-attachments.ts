/** Copies the files that a trace refers to, where that is asked for. A file that cannot be had is a NULL with a reason. */
import { createHash } from 'node:crypto';
import { TraceliftError } from '../../errors/index.js';
import type { LiveCall } from '../../call-options.js';
import type { TraceSource } from '../../sources/trace-source.js';
import type { AttachmentRow } from '../../tables/rows.js';
import type { AttachmentStore } from '../../targets/attachment-store.js';
import type { Log } from '../../log.js';

/** Where files come from and go to. */
export interface AttachmentRoute {
  readonly source: TraceSource;
  /** Null: nothing is copied. */
  readonly store: AttachmentStore | null;
  readonly log: Log;
}

type Copy = Pick<AttachmentRow, 'copied_path' | 'sha256' | 'copy_missing_reason'>;

const none = (reason: string): Copy => ({ copied_path: null, sha256: null, copy_missing_reason: reason });

/** The rows of one trace with what became of their files, each file asked for once. */
export async function copyAttachments(
  route: AttachmentRoute,
  rows: readonly AttachmentRow[],
  call: LiveCall,
): Promise<readonly AttachmentRow[]> {
  const copies = new Map<string, Copy>();
  const copied: AttachmentRow[] = [];
  for (const row of rows) {
    const copy = copies.get(row.attachment_id) ?? (await copyOf(route, row, call));
    copies.set(row.attachment_id, copy);
    copied.push({ ...row, ...copy });
  }
  return copied;
}

/** Texts of users may name any file of any trace: only files of the trace itself are fetched. */
async function copyOf({ source, store, log }: AttachmentRoute, row: AttachmentRow, call: LiveCall): Promise<Copy> {
  const { trace_id: traceId, attachment_id: attachmentId, size_bytes: size } = row;
  if (store === null) return none('off');
  if (!isUuid(attachmentId)) return none('bad_id');
  if (traceOf(row.uri) !== traceId) return none('other_trace');
  if (size !== null && size > store.maxBytes) return none('too_large');
  try {
    const read = await source.readAttachment({ traceId, attachmentId, maxBytes: store.maxBytes }, call);
    call.onProgress();
    if (read.kind === 'missing') return none(read.reason);
    if (size !== null && read.bytes.length !== size) return none('other_size');
    const sha256 = createHash('sha256').update(read.bytes).digest('hex');
    return { copied_path: await store.keep(sha256, read.bytes, call.signal), sha256, copy_missing_reason: null };
  } catch (error) {
    call.signal.throwIfAborted();
    const code = error instanceof TraceliftError ? error.code : 'Internal';
    log.warn('attachment was not copied', { traceId, attachmentId, code });
    return none('failed');
  }
}

/** As MLflow writes its ids; it refuses any other form. */
function isUuid(id: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(id);
}

function traceOf(uri: string): string | null {
  return new URLSearchParams(uri.slice(uri.indexOf('?') + 1)).get('trace_id');
}
