/** Prices and cost. Part of the catalogue in index.ts. Pure. */
import { entry } from './entry.js';
import type { ErrorEntry } from './entry.js';

export const pricesErrors = {
  PricesFileUnreadable: entry(
    'config',
    'The file of prices {path} cannot be used: {reason}.',
    'Nothing was started and nothing was written.',
    'Correct the file, or point processing.pricesFile (TRACELIFT_PRICES) to another one; docs/cost.md shows a whole file.',
  ),
  PricesInvalid: entry(
    'config',
    'The file of prices {path} is not valid: {problems}.',
    'Nothing was started and nothing was written.',
    'Correct the named entries, then try the file with `tracelift prices validate`; docs/cost.md shows a whole file.',
  ),
} as const satisfies Record<string, ErrorEntry>;
