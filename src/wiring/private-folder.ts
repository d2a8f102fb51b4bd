/** The data folder: for this user alone. Part of src/wiring. */
import { accessSync, chmodSync, constants, mkdirSync, statSync, type Stats } from 'node:fs';
import { TraceliftError } from '../errors/index.js';

/** Rights of anybody but the owner. */
const othersRights = 0o077;
/** A folder like /tmp, where everybody has files of their own. */
const sticky = 0o1000;

/**
 * Makes the folder where it is missing, and takes the rights of others where it is there (mode 0700): traces hold texts
 * of users. A folder of another user, or one that everybody shares, stays as it is; `tracelift doctor` tells of it.
 * @throws DataFolderUnusable where it cannot be made or written
 */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const stats = statSync(path);
    if (isOpenToOthers(stats) && isOwn(stats)) chmodSync(path, 0o700);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new TraceliftError('DataFolderUnusable', { folder: path, reason }, { cause: error });
  }
}

/** True where others may look into it. */
export function isOpenToOthers({ mode }: Stats): boolean {
  return (mode & othersRights) !== 0;
}

function isOwn({ uid, mode }: Stats): boolean {
  return (mode & sticky) === 0 && uid === process.getuid?.();
}
