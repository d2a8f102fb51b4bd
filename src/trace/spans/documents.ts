/** Documents that retriever spans returned. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';

/** One retrieved document without its text. */
export interface RetrievedDocument {
  readonly id: string | null;
  readonly uri: string | null;
  readonly score: number | null;
  /** Length of the text in UTF-16 code units; null where there is none. */
  readonly lengthChars: number | null;
}

/** Members under which integrations wrap the list. */
const listKeys = ['documents', 'docs', 'results', 'nodes', 'source_documents'] as const;

const textKeys = ['page_content', 'text', 'content', 'document'] as const;
const idKeys = ['id', 'id_', 'doc_id', 'document_id', 'chunk_id'] as const;
const uriKeys = ['doc_uri', 'uri', 'source', 'url', 'path', 'file_path'] as const;
const scoreKeys = ['score', 'similarity_score', 'relevance_score', 'similarity'] as const;

/**
 * The outputs of a RETRIEVER span as documents, in their order. MLflow's schema is a list of
 * `{page_content, metadata: {doc_uri, …}, id}`
 * (https://mlflow.org/docs/latest/genai/tracing/span-types#retriever); LlamaIndex's `{node, score}` and wrapped lists
 * are read too, and documents that attributes spell out. Null where the outputs hold no list: then the number of documents is unknown.
 */
export function retrievedDocuments(facts: {
  readonly outputs: JsonValue | null;
  readonly documents: JsonValue | null;
}): readonly RetrievedDocument[] | null {
  const list = listOf(facts.documents) ?? listOf(facts.outputs);
  return list === null ? null : list.map(documentOf);
}

function listOf(value: JsonValue | null): readonly JsonValue[] | null {
  if (Array.isArray(value)) return value;
  return value !== null && isJsonObject(value) ? wrappedList(value) : null;
}

function wrappedList(outputs: JsonObject): readonly JsonValue[] | null {
  for (const key of listKeys) {
    const value = outputs[key];
    if (Array.isArray(value)) return value;
  }
  return null;
}

function documentOf(item: JsonValue): RetrievedDocument {
  if (typeof item === 'string') return { id: null, uri: null, score: null, lengthChars: item.length };
  if (!isJsonObject(item)) return { id: null, uri: null, score: null, lengthChars: null };
  const node = item['node'];
  const body = isJsonObject(node) ? node : item;
  const metadata = body['metadata'];
  const places = [body, item, isJsonObject(metadata) ? metadata : {}];
  const text = firstMember(places, textKeys, (value) => (typeof value === 'string' ? value : null));
  return {
    id: firstMember(places, idKeys, nameOrNull),
    uri: firstMember([...places].reverse(), uriKeys, nameOrNull),
    score: firstMember(places, scoreKeys, (value) =>
      typeof value === 'number' && Number.isFinite(value) ? value : null,
    ),
    lengthChars: text?.length ?? null,
  };
}

function firstMember<T>(
  places: readonly JsonObject[],
  keys: readonly string[],
  read: (value: JsonValue | undefined) => T | null,
): T | null {
  for (const place of places) {
    for (const key of keys) {
      const value = read(place[key]);
      if (value !== null) return value;
    }
  }
  return null;
}

/** Ids and addresses are short; anything longer is text that has no place in a table of facts. */
function nameOrNull(value: JsonValue | undefined): string | null {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value !== '' && value.length <= 2_000 ? value.toWellFormed() : null;
}
