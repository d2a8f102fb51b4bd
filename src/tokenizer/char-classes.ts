/** Unicode classes of characters, as the patterns of the encodings ask for them. Imports nothing. */

/** `\p{L}` */
export const LETTER = 1;
/** `\p{N}` */
export const NUMBER = 2;
/** `\s` */
export const SPACE = 4;
/** Carriage return or line feed; they are SPACE too. */
export const NEWLINE = 8;
/** `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]` */
export const UPPER = 16;
/** `[\p{Ll}\p{Lm}\p{Lo}\p{M}]` */
export const LOWER = 32;

const unknown = 255;

/** Class bits of every code point, found out when first asked for. */
const classes = new Uint8Array(0x110000).fill(unknown);

/** Class bits of a code point; 0 for punctuation, symbols, controls, unassigned and lone surrogates. */
export function classOf(codePoint: number): number {
  const known = classes[codePoint] ?? 0;
  return known === unknown ? classify(codePoint) : known;
}

function classify(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  let bits = 0;
  if (/\p{L}/u.test(character)) bits |= LETTER;
  if (/\p{N}/u.test(character)) bits |= NUMBER;
  if (/\s/u.test(character)) bits |= SPACE;
  if (character === '\r' || character === '\n') bits |= NEWLINE;
  if (/[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]/u.test(character)) bits |= UPPER;
  if (/[\p{Ll}\p{Lm}\p{Lo}\p{M}]/u.test(character)) bits |= LOWER;
  classes[codePoint] = bits;
  return bits;
}

/** Code point at a position, as a regular expression with the flag `u` sees it; -1 behind the end. */
export function codePointAt(text: string, position: number): number {
  const unit = text.charCodeAt(position);
  if (unit < 0xd800 || unit > 0xdbff) return position < text.length ? unit : -1;
  const low = text.charCodeAt(position + 1);
  return low >= 0xdc00 && low <= 0xdfff ? (unit - 0xd800) * 0x400 + low - 0xdc00 + 0x10000 : unit;
}

/** Length of a code point in UTF-16 code units. */
export function unitsOf(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}

/** End of the run of code points that have any of these class bits. */
export function runEnd(text: string, from: number, bits: number): number {
  let position = from;
  const { length } = text;
  while (position < length) {
    const unit = text.charCodeAt(position);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const codePoint = codePointAt(text, position);
      if ((classOf(codePoint) & bits) === 0) return position;
      position += unitsOf(codePoint);
    } else {
      if ((classOf(unit) & bits) === 0) return position;
      position++;
    }
  }
  return position;
}

/** End of the run of code points that are `[^\s\p{L}\p{N}]`. */
export function symbolsEnd(text: string, from: number): number {
  let position = from;
  const { length } = text;
  while (position < length) {
    const codePoint = codePointAt(text, position);
    if ((classOf(codePoint) & (LETTER | NUMBER | SPACE)) !== 0) return position;
    position += unitsOf(codePoint);
  }
  return position;
}
