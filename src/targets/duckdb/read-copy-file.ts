/** Where the read copy of a DuckDB file lies, and what must not lie beside it. Imports Node only. */
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const ending = '.read.duckdb';

/** Where the read copy of a file lies. */
export const readCopyPath = (path: string): string => `${path.replace(/\.duckdb$/, '')}${ending}`;

/**
 * Removes what another program that opened a read copy for writing left beside it; to be called before the copy is
 * opened. Does nothing for other files, whose log is their own.
 */
export async function removeForeignLog(path: string): Promise<void> {
  if (path.endsWith(ending)) await removeBeside(path, /^\.wal\b/);
}

/** Removes copies that were being made when a worker was killed. Only for who holds the file that is copied. */
export async function removeHalfCopies(path: string): Promise<void> {
  await removeBeside(path, /^\.[\da-f-]+\.aside$/);
}

/** Removes files beside `path` whose names are its own with such an ending. */
async function removeBeside(path: string, endings: RegExp): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)];
  for (const found of await readdir(folder)) {
    if (found.startsWith(name) && endings.test(found.slice(name.length)))
      await rm(join(folder, found), { force: true });
  }
}
