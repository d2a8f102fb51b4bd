import fc from 'fast-check';
import { Tiktoken, type TiktokenBPE } from 'js-tiktoken/lite';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodingNames, type EncodingName } from '../../src/tokenizer/encodings.js';
import { createTokenCounter } from '../../src/tokenizer/token-counter.js';
import { anyText } from './arbitrary-text.js';

/** js-tiktoken itself, apart from everything that tracelift makes of its tables. */
const oracles: Readonly<Record<EncodingName, () => Promise<{ default: TiktokenBPE }>>> = {
  cl100k_base: () => import('js-tiktoken/ranks/cl100k_base'),
  o200k_base: () => import('js-tiktoken/ranks/o200k_base'),
  p50k_base: () => import('js-tiktoken/ranks/p50k_base'),
  p50k_edit: () => import('js-tiktoken/ranks/p50k_edit'),
  r50k_base: () => import('js-tiktoken/ranks/r50k_base'),
  gpt2: () => import('js-tiktoken/ranks/gpt2'),
};

async function oracleOf(encoding: EncodingName): Promise<(text: string) => number> {
  const tiktoken = new Tiktoken((await oracles[encoding]()).default);
  return (text) => tiktoken.encode(text, [], []).length;
}

describe.each(encodingNames)('counting in %s', (encoding) => {
  const counter = createTokenCounter({ encoding });
  const isDefaultFamily = encoding === 'cl100k_base' || encoding === 'o200k_base';
  let oracle: (text: string) => number;
  beforeAll(async () => {
    await counter.load();
    oracle = await oracleOf(encoding);
  }, 60_000);

  test('the token counter gives exactly what js-tiktoken gives', async () => {
    await fc.assert(
      fc.asyncProperty(anyText(), async (text) => {
        const expected = oracle(text);
        expect(counter.countNow(text)).toBe(expected);
        expect(await counter.count(text)).toBe(expected);
      }),
      { numRuns: isDefaultFamily ? 600 : 80 },
    );
  });

  test('counting gives the same when pieces are long enough for the heap', async () => {
    const letters = fc.constantFrom('a', 'b', 'e', 't', 'S', 'é', '字', 'и');
    await fc.assert(
      fc.asyncProperty(fc.array(letters, { minLength: 130, maxLength: 400 }), async (parts) => {
        const text = parts.join('');
        expect(await counter.count(text)).toBe(oracle(text));
      }),
      { numRuns: isDefaultFamily ? 20 : 4 },
    );
    if (!isDefaultFamily) return;
    for (const text of [' '.repeat(700), '='.repeat(700), 'ab'.repeat(600), '\n'.repeat(600), 'z'.repeat(1500)]) {
      expect(await counter.count(text)).toBe(oracle(text));
    }
  });
});

describe('token counter', () => {
  const counter = createTokenCounter();
  beforeAll(() => counter.load());

  test('the token counter counts cl100k_base unless told otherwise', async () => {
    expect(counter.encoding).toBe('cl100k_base');
    expect(await counter.count('Hello, world!')).toBe(4);
    expect(await counter.count('')).toBe(0);
    expect(counter.countNow('')).toBe(0);
  });

  test('the token counter counts special tokens inside a text as text', async () => {
    expect(await counter.count('<|endoftext|>')).toBe(7);
  });

  test('token counter answers at once only when it can do so quickly', () => {
    expect(createTokenCounter().countNow('a')).toBeNull();
    expect(counter.countNow('word '.repeat(6000))).toBe(6001);
    expect(counter.countNow('word '.repeat(10_000))).toBeNull();
    expect(counter.countNow('a'.repeat(5000))).toBeNull();
  });

  test.each([
    ['one unbroken piece', 'a'.repeat(1_000_000), 125_000],
    ['one long text', 'word '.repeat(1_000_000), 1_000_001],
  ])('token counter lets the event loop run while it counts %s', async (_name, text, expected) => {
    let turns = 0;
    let isCounting = true;
    const tick = (): void => {
      turns++;
      if (isCounting) setImmediate(tick);
    };
    setImmediate(tick);
    let progress = 0;
    const numTokens = await counter.count(text, { onProgress: () => progress++ });
    isCounting = false;
    expect(numTokens).toBe(expected);
    expect(progress).toBeGreaterThan(2);
    expect(turns).toBeGreaterThanOrEqual(progress);
  });

  test('token counter stops when aborted, with the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const counting = counter.count('a'.repeat(1_000_000), {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(counting).rejects.toBe(reason);
    await expect(counter.count('a', { signal: controller.signal })).rejects.toBe(reason);
  });

  test('the token counter counts the same while others count', async () => {
    const texts = ['a'.repeat(200_000), 'word '.repeat(100_000), 'xyzw'.repeat(40_000)];
    const alone: number[] = [];
    for (const text of texts) alone.push(await counter.count(text));
    expect(await Promise.all(texts.map((text) => counter.count(text)))).toEqual(alone);
  });

  test('the token counter survives texts with more different pieces than it remembers', async () => {
    const text = Array.from({ length: 230_000 }, (_, index) => `q${index.toString(26).replace(/\d/g, 'Z')}`).join(' ');
    const first = await counter.count(text);
    expect(await counter.count(text)).toBe(first);
  });
});
