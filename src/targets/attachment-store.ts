/** Where copies of the files lie that traces refer to. Pure. */
import { TraceliftError } from '../errors/index.js';

export interface AttachmentStore {
  /** Larger files are not copied, bytes. */
  readonly maxBytes: number;
  /**
   * Keeps one file under the hash of its bytes and answers its path. A file that is there stays as it is.
   * @param sha256 of the bytes, hex: the only part of the path that is not fixed
   */
  keep(sha256: string, bytes: Uint8Array, signal?: AbortSignal): Promise<string>;
}

/** `ab/ab12…`, relative: never made of ids or names that a trace holds. @throws Internal for anything but a hash */
export function attachmentPath(sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TraceliftError('Internal', { where: 'attachments', reason: 'no hash' });
  return `${sha256.slice(0, 2)}/${sha256}`;
}
