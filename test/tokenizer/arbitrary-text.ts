/** Random texts that reach every corner of the encodings' patterns. */
import fc from 'fast-check';

/** One or more characters of every class that a pattern tells apart, and of every length in UTF-8 and UTF-16. */
const characters = [
  ...['a', 'b', 'z', 'A', 'Z', 'é', 'ß', 'É', 'ǅ', 'ʰ', 'ª', '字', 'あ', 'א', '한', '𐐀', '𐐨', '𠀀'],
  ...['0', '7', '½', '٣', 'Ⅷ', '𝟘'],
  ...[' ', '  ', '\t', '\n', '\r\n', '\r', '\u00a0', '\u3000', '\ufeff', '\u2028', '\v'],
  ...['.', '/', '_', '{"', '":', '->', '\u0000', '…', '😀', '👩‍👩‍👧', '❤️', '\u0301', '\u20dd', '\ufe0f'],
  ...["'", "'s", "'S", "'re", "'rE", "'LL", "'ve", "'m", "'ſ", "'x", '’s'],
  ...['\ud800', '\udfff', '\ud83d'],
  ...['<|endoftext|>', '<|fim_prefix|>', '<|endofprompt|>'],
];

export const trickyText = (): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...characters), { maxLength: 40 }).map((parts) => parts.join(''));

const words = (): fc.Arbitrary<string> =>
  fc
    .array(
      fc.constantFrom('the', 'Tokenizer', 'counts', 'unbelievably', 'über', '東京', 'привет', 'const', 'x_1', '42'),
    )
    .map((parts) => parts.join(' '));

export const anyText = (): fc.Arbitrary<string> =>
  fc.oneof(
    trickyText(),
    words(),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.json({ maxDepth: 3 }),
    fc
      .tuple(fc.constantFrom(' ', '\n', '\t ', 'a', 'aB', '=', '字', '😀'), fc.nat(150))
      .map(([unit, times]) => unit.repeat(times)),
  );
