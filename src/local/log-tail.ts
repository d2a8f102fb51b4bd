/** The last lines of a server's log, for error messages. Imports Node only. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Reads at most this much from the end of the file. */
const maxBytes = 16_384;

/** The last `count` non-empty lines of a file, or a note when there is nothing to show. */
export function lastLines(file: string, count: number): string {
  const lines = readEnd(file)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  return lines.length === 0 ? '(it printed nothing)' : lines.slice(-count).join('\n');
}

function readEnd(file: string): string {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
  try {
    const { size } = fstatSync(handle);
    const buffer = Buffer.alloc(Math.min(size, maxBytes));
    const read = readSync(handle, buffer, 0, buffer.length, size - buffer.length);
    return buffer.subarray(0, read).toString('utf8');
  } finally {
    closeSync(handle);
  }
}
