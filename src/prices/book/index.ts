/** Our own price book: what the library lacks. Every entry has its source and the day on which it was read there. */
import { createHash } from 'node:crypto';
import type { BookEntry } from '../price-entry.js';
import { databricksEntries, defaultUsdPerDbu } from './databricks.js';
import { otherNames } from './names.js';
import { openAiEntries } from './openai.js';
import { allRates, zoneRate } from './rates.js';

export const bookEntries: readonly BookEntry[] = [...openAiEntries, ...databricksEntries];

/** Changes with every change of the book. */
export const bookDigest = createHash('sha256')
  .update(JSON.stringify([bookEntries, allRates, zoneRate, otherNames, defaultUsdPerDbu]))
  .digest('hex')
  .slice(0, 8);
