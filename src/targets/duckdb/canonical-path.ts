/** Which file a path means. Imports Node and the error catalogue only; opens nothing. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { toWarehouseError } from './failures.js';

/** The same text for every way to name the file, so that a link never makes a second instance. */
export async function canonicalPath(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'ENOENT') throw toWarehouseError(failure, absolute, 'opening');
  }
  try {
    return join(await realpath(dirname(absolute)), basename(absolute));
  } catch (failure) {
    throw toWarehouseError(failure, absolute, 'opening');
  }
}
