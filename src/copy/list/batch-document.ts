/** The staged form of a batch: what listing hands to processing. */
import type { JsonValue } from '../../json/json-value.js';
import type { TraceToCopy } from './diff.js';
import type { HashedTrace } from './listed-trace.js';

export interface BatchDocument {
  /** The source's clock when the traces were listed, epoch milliseconds. */
  readonly observedAtMs: number;
  readonly traces: readonly TraceToCopy<HashedTrace>[];
}

/** Both directions are the identity on plain data: the document was made by this module and is read back only here. */
export function batchToJson(document: BatchDocument): JsonValue {
  return document as unknown as JsonValue;
}

export function batchFromJson(value: JsonValue): BatchDocument {
  return value as unknown as BatchDocument;
}
