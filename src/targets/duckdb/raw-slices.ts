/** How the files of a commit are cut into slices, so that each merge of raw stays small. Imports ports only. */
import type { CommitManifest } from '../warehouse.js';

/** Limits of one slice: its traces and the bytes of their texts. */
const maxSliceTraces = 250;
const maxSliceBytes = 8 * 1024 * 1024;

/**
 * Locations of the files in the order of the listing, a few together; a larger file makes a slice of its own.
 * @param textBytes by location
 */
export function rawSlices(
  { files, locations }: Pick<CommitManifest, 'files' | 'locations'>,
  textBytes: ReadonlyMap<string, number>,
): string[][] {
  const inOrder = files
    .map(({ key, numTraces }, index) => ({ key, numTraces, location: locations[index] ?? '' }))
    .sort((left, right) => (left.key < right.key ? -1 : 1));
  const slices: string[][] = [];
  let slice: string[] = [];
  let numTraces = 0;
  let numBytes = 0;
  for (const file of inOrder) {
    const bytes = textBytes.get(file.location) ?? 0;
    const isFull = numTraces + file.numTraces > maxSliceTraces || numBytes + bytes > maxSliceBytes;
    if (slice.length === 0 || isFull) {
      slice = [];
      slices.push(slice);
      numTraces = 0;
      numBytes = 0;
    }
    slice.push(file.location);
    numTraces += file.numTraces;
    numBytes += bytes;
  }
  return slices;
}
