/** Copies of attachments in the Volume, beside the staged files, which a sweep removes. */
import { attachmentPath, type AttachmentStore } from '../attachment-store.js';
import type { Volume } from './volume.js';

const folder = 'attachments';

export function createAttachmentVolume(volume: Volume, maxBytes: number): AttachmentStore {
  return {
    maxBytes,
    async keep(sha256, bytes, signal) {
      const path = `${folder}/${attachmentPath(sha256)}`;
      if (!(await volume.has(path))) await volume.put(path, Buffer.from(bytes), signal);
      return `${volume.path}/${path}`;
    },
  };
}
