import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { isVersions, readDocument, writeDocument } from '../../src/copy/staged-documents.js';
import { silentLog } from '../../src/log.js';
import { createLocalStaging } from '../../src/targets/local-staging/local-staging.js';
import type { Staging } from '../../src/targets/staging.js';

describe('a staged document', () => {
  let folder: string;
  let staging: Staging;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracelift-documents-'));
    staging = createLocalStaging({ root: folder, log: silentLog });
  });

  afterEach(async () => {
    await staging.close();
    await rm(folder, { recursive: true });
  });

  it('a staged document is read back as it was staged', async () => {
    const versions = { 'tr-1': 'hash', key: 'own' };
    await writeDocument(staging, 'a/b/c.json.gz', versions);
    expect(await readDocument(staging, 'a/b/c.json.gz', isVersions)).toEqual(versions);
  });

  it('of another key, of another kind, or of no step at all, is lost', async () => {
    await writeDocument(staging, 'a/b/other.json', { 'tr-1': 'hash' });
    const key = 'a/b/c.json';
    const others = [{}, [], null, 'text', { key }, { key, content: [] }, { key, content: { 'tr-1': 1 } }];
    for (const document of [await staging.readJson('a/b/other.json'), ...others]) {
      await staging.writeJson(key, document);
      await expect(readDocument(staging, key, isVersions)).rejects.toMatchObject({ code: 'StagingLost' });
    }
  });
});
