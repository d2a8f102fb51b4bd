import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPricesFile } from '../../src/config/prices-file.js';
import { pricesJsonSchema } from '../../src/config/prices-schema.js';
import { TraceliftError } from '../../src/errors/index.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelift-prices-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(text: string, name = 'prices.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function failure(path: string): TraceliftError {
  try {
    readPricesFile(path);
  } catch (error) {
    if (error instanceof TraceliftError) return error;
    throw error;
  }
  throw new Error('it is valid');
}

const whole = `
usdPerDbu: 0.082
prices:
  - model: gpt-4o
    provider: azure
    from: 2026-01-01
    to: 2027-01-01
    perMillionTokens: { input: 2.1, cacheRead: 1.05, output: 8.4 }
    note: contract 4711
  - model: gemini-2.5-pro
    perMillionTokens:
      input: { base: 1.1, above: { "200000": 2.2 } }
      output: 9
  - { model: claude-*, discountPercent: 12 }
  - { model: chat-prod, sameAs: azure/gpt-4o, discountPercent: 5 }
  - { model: "endpoints:/rag", billing: provisioned }
`;

describe('a file of prices', () => {
  test('a file of prices holds prices, tiers, discounts, other names and endpoints paid by the hour', () => {
    const { entries, usdPerDbu } = readPricesFile(fileOf(whole));
    expect(usdPerDbu).toBe(0.082);
    expect(entries.map(({ model, rule, discountPercent }) => [model, rule?.kind ?? null, discountPercent])).toEqual([
      ['gpt-4o', 'prices', 0],
      ['gemini-2.5-pro', 'prices', 0],
      ['claude-*', null, 12],
      ['chat-prod', 'same-as', 5],
      ['endpoints:/rag', 'provisioned', 0],
    ]);
    expect(entries[0]).toMatchObject({ from: '2026-01-01', to: '2027-01-01', provider: 'azure' });
    expect(entries[1]?.rule).toMatchObject({
      prices: { input: { base: 1.1, above: [{ tokens: 200_000, price: 2.2 }] }, output: 9 },
    });
  });

  test('an empty file is one without entries', () => {
    expect(readPricesFile(fileOf(''))).toEqual({ entries: [], usdPerDbu: null });
  });

  test('the schema for editors takes the same file', () => {
    const schema: unknown = JSON.parse(pricesJsonSchema());
    const check = new Ajv2020({ strict: false }).compile(schema as object);
    expect(check(parse(whole))).toBe(true);
    expect(check(parse('prices: [{model: x, discuontPercent: 3}]'))).toBe(false);
  });

  test('docs/prices.schema.json is that schema', () => {
    expect(readFileSync(join(import.meta.dirname, '../../docs/prices.schema.json'), 'utf8')).toBe(pricesJsonSchema());
  });
});

describe('a wrong file of prices says what is wrong, where, and what to do', () => {
  test.each([
    [
      'prices: [{model: x}]',
      'prices.0: use one of perMillionTokens, dbuPerMillionTokens, sameAs, billing, or discountPercent',
    ],
    ['prices: [{model: x, discuontPercent: 3}]', 'prices.0: there is no discuontPercent'],
    ['prices: [{model: x, perMillionTokens: {input: -1}}]', 'prices.0.perMillionTokens.input'],
    ['prices: [{model: x, from: 2026-02-30, discountPercent: 1}]', 'prices.0.from: use a day such as 2026-01-31'],
    [
      'prices: [{model: x, from: 2026-02-02, to: 2026-02-01, discountPercent: 1}]',
      'prices.0: "to" must be after "from"',
    ],
    ['prices: [{model: x, sameAs: y, billing: provisioned}]', 'prices.0: use only one of'],
    ['prices: 3', 'prices: use an array'],
    [
      'prices: [{model: x, discountPercent: 1}, {model: X, from: 2026-01-01, discountPercent: 2}]',
      'prices.1 is about the same model and days as prices.0: keep one of them',
    ],
  ])('%s', (text, problem) => {
    const path = fileOf(text);
    const { code, message } = failure(path);
    expect(code).toBe('PricesInvalid');
    expect(message).toContain(path);
    expect(message).toContain(problem);
    expect(message).toContain('tracelift prices validate');
  });

  test('one that is missing, or is no YAML or JSON', () => {
    expect(failure(join(folder, 'none.yaml')).message).toContain('there is no such file');
    expect(failure(fileOf('prices: [')).message).toMatch(/it is no YAML at line \d+/);
    expect(failure(fileOf('{', 'prices.json')).message).toContain('it is no JSON');
  });
});
