/**
 * Documents that one step leaves to another in staging: written as plain data, read back only in the shape that was
 * meant. Each names its key, so that a file which somebody replaced, or copied from another place, is not taken for it.
 */
import { TraceliftError } from '../errors/index.js';
import { type PlainData, toJson } from '../json/json-value.js';
import type { TraceKey } from '../tables/trace-key.js';
import type { Staging } from '../targets/staging.js';
import type { CommitManifest } from '../targets/warehouse.js';
import type { BatchDocument } from './list/batch-document.js';

type Reader<Document> = (value: unknown) => value is Document;

/** Writes a document as it is. @throws StagingUnwritable */
export async function writeDocument<Document>(
  staging: Staging,
  key: string,
  document: Document & PlainData<Document>,
): Promise<void> {
  await staging.writeJson(key, { key, content: toJson(document) });
}

/**
 * Reads a document of the given kind. What has another outline was not written by the step before: it counts as lost,
 * and the window is staged again.
 * @throws StagingLost
 */
export async function readDocument<Document>(
  staging: Staging,
  key: string,
  isDocument: Reader<Document>,
): Promise<Document> {
  const value: unknown = await staging.readJson(key);
  if (isRecord(value) && value['key'] === key && isDocument(value['content'])) return value['content'];
  throw new TraceliftError('StagingLost', { key, root: staging.root, reason: 'it holds something else' });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What listing hands to processing. */
export const isBatch: Reader<BatchDocument> = (value): value is BatchDocument =>
  isRecord(value) &&
  typeof value['observedAtMs'] === 'number' &&
  Array.isArray(value['traces']) &&
  value['traces'].every((one) => isRecord(one) && isRecord(one['trace']) && typeof one['difference'] === 'string');

/** What processing hands to the commit. */
export const isManifest: Reader<CommitManifest> = (value): value is CommitManifest =>
  isRecord(value) &&
  typeof value['maxMetricColumns'] === 'number' &&
  Array.isArray(value['files']) &&
  value['files'].every((file) => isRecord(file) && typeof file['key'] === 'string') &&
  Array.isArray(value['locations']) &&
  value['locations'].length === value['files'].length;

/** What listing hands to the verification: versions by trace id. */
export const isVersions: Reader<Readonly<Record<string, string>>> = (
  value,
): value is Readonly<Record<string, string>> =>
  isRecord(value) && Object.values(value).every((version) => typeof version === 'string');

/** What a rebuild hands from page to batch. */
export const isRawKeys: Reader<readonly TraceKey[]> = (value): value is readonly TraceKey[] =>
  Array.isArray(value) &&
  value.every((key) =>
    ['sourceId', 'experimentId', 'traceId'].every((name) => isRecord(key) && typeof key[name] === 'string'),
  );
