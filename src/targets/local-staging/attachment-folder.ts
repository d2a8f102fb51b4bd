/** Copies of attachments in a folder of this machine, for its user alone (0700): they are what users sent. */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { attachmentPath, type AttachmentStore } from '../attachment-store.js';

/** Nothing is touched before the first file. */
export function createAttachmentFolder(root: string, maxBytes: number): AttachmentStore {
  return {
    maxBytes,
    async keep(sha256, bytes, signal) {
      const path = join(root, attachmentPath(sha256));
      if (await isThere(path, bytes.length)) return path;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const aside = `${path}.${randomUUID()}.aside`;
      try {
        await writeFile(aside, bytes, { mode: 0o600, ...(signal && { signal }) });
        await rename(aside, path);
      } finally {
        await rm(aside, { force: true });
      }
      return path;
    },
  };
}

async function isThere(path: string, size: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true && found.size === size;
}
