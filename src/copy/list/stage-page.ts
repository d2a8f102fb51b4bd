/** What one step of listing leaves in staging: the infos to process, in batches, and the versions that it saw. */
import { announcedBytes } from '../../trace/wire/decode-span.js';
import type { Staging } from '../../targets/staging.js';
import { writeDocument } from '../staged-documents.js';
import { seenKey } from '../staging-layout.js';
import { planBatches } from './batches.js';
import type { BatchLimits } from './batches.js';
import type { TraceToCopy, Versions } from './diff.js';
import type { HashedTrace } from './listed-trace.js';
import type { BatchReference } from './messages.js';

/** Expected size of a trace's spans when the source does not announce it. */
const unknownSizeBytes = 16_384;

/** @param keyOf the key of each batch, by its number */
export async function stageBatches(
  staging: Staging,
  keyOf: (index: number) => string,
  toCopy: readonly TraceToCopy<HashedTrace>[],
  observedAtMs: number,
  limits: BatchLimits,
  sizeOf: (trace: TraceToCopy<HashedTrace>) => number = expectedBytes,
): Promise<BatchReference[]> {
  const references: BatchReference[] = [];
  for (const [index, traces] of planBatches(toCopy, sizeOf, limits).entries()) {
    const key = keyOf(index);
    await writeDocument(staging, key, { observedAtMs, traces });
    references.push({ key, traces: traces.length });
  }
  return references;
}

/** An unreadable trace has nothing to fetch. */
function expectedBytes({ trace }: TraceToCopy<HashedTrace>): number {
  return trace.info === null ? 0 : (announcedBytes(trace.info) ?? unknownSizeBytes);
}

/** The verification compares with them. Null where there are none. */
export async function stageSeen(staging: Staging, page: string, seen: Versions): Promise<string | null> {
  if (seen.size === 0) return null;
  const key = seenKey(page);
  await writeDocument(staging, key, Object.fromEntries(seen));
  return key;
}
