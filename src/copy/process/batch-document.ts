/** The staged form of a batch: what listing hands to processing. */
import type { JsonValue } from '../../json/json-value.js';
import type { Difference } from '../list/diff.js';
import type { ListedItem } from '../list/listed-trace.js';

export interface BatchDocument {
  readonly observedAtMs: number;
  readonly items: readonly { readonly item: ListedItem; readonly difference: Difference }[];
}

/** Both directions are the identity on plain data: the document was made by this module and is read back only here. */
export function batchToJson(document: BatchDocument): JsonValue {
  return document as unknown as JsonValue;
}

export function batchFromJson(value: JsonValue): BatchDocument {
  return value as unknown as BatchDocument;
}
