import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { withResults } from './results-document.js';
import type { KillResults } from './results-document.js';

const docs = new URL('../../docs/', import.meta.url);

it('the guide says in docs/guarantee.md what the last whole run of the kill matrix counted', () => {
  const document = readFileSync(new URL('guarantee.md', docs), 'utf8');
  const results = JSON.parse(readFileSync(new URL('kill-matrix.json', docs), 'utf8')) as KillResults;
  expect(document).toBe(withResults(document, results));
  expect(results.failures).toBe(0);
  expect(results.disturbed).toBeGreaterThanOrEqual(200);
});
