/** What other prices change, and that going back changes it back. */
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPriceList } from '../../src/prices/price-list.js';
import { processVersion } from '../../src/trace/processing-options.js';
import { root, sourceFiles } from '../imports.js';
import { spanReading } from '../trace/arbitrary-trace.js';
import { anInfo, build, options } from '../trace/sample-trace.js';

const builtIn = createPriceList();
const contract = createPriceList({
  entries: [{ model: '*', provider: null, from: null, to: null, rule: null, discountPercent: 30 }],
  usdPerDbu: null,
});

test('other prices give another process version, so that a run says which rows have them', () => {
  const versions = [builtIn, contract].map((prices) => processVersion({ ...options, prices }));
  expect(new Set(versions).size).toBe(2);
  expect(processVersion({ ...options, prices: createPriceList() })).toBe(versions[0]);
});

test('other prices change amounts and never which calls they are for; the old ones give the old rows again', () => {
  fc.assert(
    fc.property(spanReading(), (reading) => {
      const of = (prices: typeof builtIn) => build(anInfo, reading, { ...options, prices });
      const [before, other, after] = [of(builtIn), of(contract), of(createPriceList())];
      expect(after.gold).toEqual(before.gold);
      expect(after.spans).toEqual(before.spans);
      expect(other.spans.map((row) => row.is_token_owner)).toEqual(before.spans.map((row) => row.is_token_owner));
      expect(other.gold.cost_reported_usd).toBe(before.gold.cost_reported_usd);
    }),
  );
});

test('the updater of the library, which would ask the network, is used nowhere', () => {
  const users = sourceFiles('src').filter((file) => readFileSync(join(root, file), 'utf8').includes('genai-prices'));
  expect(users.length).toBeGreaterThan(0);
  for (const file of users) {
    expect(readFileSync(join(root, file), 'utf8')).not.toMatch(/updatePrices|waitForUpdate/);
  }
});
