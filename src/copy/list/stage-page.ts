/** What one step of listing leaves in staging: the infos to process, in batches, and the versions that it saw. */
import { announcedBytes } from '../../trace/wire/decode-span.js';
import type { Staging } from '../../targets/staging.js';
import { batchKey, seenKey } from '../staging-layout.js';
import { writeDocument } from '../staged-documents.js';
import { planBatches } from './batches.js';
import type { BatchLimits } from './batches.js';
import type { TraceToCopy, Versions } from './diff.js';
import type { HashedTrace } from './listed-trace.js';
import type { BatchReference } from './messages.js';

/** Expected size of a trace's spans when the source does not announce it. */
const unknownSizeBytes = 16_384;

/** @param page what the keys of its files begin with */
export async function stageBatches(
  staging: Staging,
  page: string,
  toCopy: readonly TraceToCopy<HashedTrace>[],
  observedAtMs: number,
  limits: BatchLimits,
): Promise<BatchReference[]> {
  const references: BatchReference[] = [];
  for (const [index, traces] of planBatches(toCopy, expectedBytes, limits).entries()) {
    const key = batchKey(page, index);
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
  await staging.writeJson(key, Object.fromEntries(seen));
  return key;
}
