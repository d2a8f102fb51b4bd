/** Files that traces refer to are copied where that is asked for; what cannot be had is NULL with its reason. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyAttachments } from '../../../src/copy/process/copy-attachments.js';
import { silentLog } from '../../../src/log.js';
import type { TraceSource } from '../../../src/sources/trace-source.js';
import { createAttachmentFolder } from '../../../src/targets/local-staging/attachment-folder.js';
import { attachmentRows } from '../../contract/staged-children.js';
import { startScriptedServer, type Reply, type ScriptedServer } from '../../http/scripted-server.js';
import { connectTo } from '../../sources/mlflow/scripted-mlflow.js';

const picture = 'a picture';
const sha256 = createHash('sha256').update(picture).digest('hex');
const key = { source_id: 'mlflow', experiment_id: '1', trace_id: 'tr-1' };
const route = '/ajax-api/2.0/mlflow/get-trace-artifact';
const call = { signal: new AbortController().signal, onProgress: () => undefined };

let root: string;
let server: ScriptedServer;
let source: TraceSource;
let answer: Reply;

beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'tracelift-attachments-')), 'attachments');
  answer = { headers: { 'Content-Type': 'image/png' }, body: picture };
  server = await startScriptedServer((request) => (request.path === route ? answer : { status: 404, body: {} }));
  source = connectTo(server.address);
});
afterEach(async () => {
  await source.close();
  await server.close();
});

const row = (override: Parameters<typeof attachmentRows>[2] & object) => attachmentRows(key, 0, override);
const copied = async (rows: ReturnType<typeof row>, maxBytes = 1_000) => {
  const store = createAttachmentFolder(root, maxBytes);
  return (await copyAttachments({ source, store, log: silentLog }, rows, call)).map((one) => [
    one.copied_path,
    one.sha256,
    one.copy_missing_reason,
  ]);
};
const asked = () => server.requests.filter(({ path }) => path === route);
const sized = { size_bytes: picture.length };

describe('attachments', () => {
  test('attachments are kept under the hash of their bytes, for the user alone, each asked for once', async () => {
    const other = { ...sized, span_id: 'b'.repeat(16) };
    const [first] = row([sized]);
    const rows = [first!, { ...first!, ...other }];
    const path = join(root, sha256.slice(0, 2), sha256);
    expect(await copied(rows)).toEqual([
      [path, sha256, null],
      [path, sha256, null],
    ]);
    expect(await readFile(path, 'utf8')).toBe(picture);
    expect([(await stat(path)).mode & 0o777, (await stat(root)).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(asked().map(({ query }) => [query.get('request_id'), query.get('path')])).toEqual([
      ['tr-1', first!.attachment_id],
    ]);
  });

  test('attachments are one file where their bytes are the same, also when they are copied again', async () => {
    await copied(row([sized, sized]));
    await copied(row([sized]));
    expect(await readdir(join(root, sha256.slice(0, 2)))).toEqual([sha256]);
  });

  test('of other traces, and ids that are no ids, are never asked for', async () => {
    const [known] = row([sized]);
    const rows = [
      { ...known!, attachment_id: '../../etc/passwd' },
      { ...known!, attachment_id: 'a'.repeat(36) },
      { ...known!, uri: known!.uri.replace('tr-1', 'tr-2') },
    ];
    expect(await copied([rows[0]!])).toEqual([[null, null, 'bad_id']]);
    expect(await copied([rows[1]!])).toEqual([[null, null, 'bad_id']]);
    expect(await copied([rows[2]!])).toEqual([[null, null, 'other_trace']]);
    expect(asked()).toEqual([]);
  });

  test('that are too large, or not of the size that the reference tells, are left', async () => {
    expect(await copied(row([{ size_bytes: 5_000 }]))).toEqual([[null, null, 'too_large']]);
    expect(asked()).toEqual([]);
    answer = { body: 'x'.repeat(5_000) };
    expect(await copied(row([{ size_bytes: null }]))).toEqual([[null, null, 'too_large']]);
    answer = { body: 'another picture' };
    expect(await copied(row([sized]))).toEqual([[null, null, 'other_size']]);
    await expect(readdir(root)).rejects.toThrow('ENOENT');
  });

  test.each([
    ['gone', { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } }],
    ['gone', { status: 500, body: { error_code: 'INTERNAL_ERROR' } }],
    ['refused', { status: 403, body: { error_code: 'PERMISSION_DENIED' } }],
    ['unsupported', { body: '{"spans": []}' }],
  ])('that cannot be had are NULL, because: %s', async (reason, reply) => {
    answer = reply;
    expect(await copied(row([{ size_bytes: null }]))).toEqual([[null, null, reason]]);
  });

  test('attachments are not copied where the folder cannot be written: the trace lands all the same', async () => {
    root = '/dev/null/attachments';
    expect(await copied(row([sized]))).toEqual([[null, null, 'failed']]);
  });

  test('attachments are not asked for where nobody wants copies', async () => {
    const rows = await copyAttachments({ source, store: null, log: silentLog }, row([sized]), call);
    expect(rows).toMatchObject([{ copied_path: null, sha256: null, copy_missing_reason: 'off' }]);
    expect(server.requests).toEqual([]);
  });
});
