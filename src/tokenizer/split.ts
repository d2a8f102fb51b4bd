/**
 * Cuts a text into the pieces that the encodings' regular expressions give, without regular expressions: those
 * backtrack, and overflow the stack or turn quadratic on long runs. Every text is walked once. Imports this folder only.
 *
 * The patterns are those of js-tiktoken's rank tables (https://github.com/openai/tiktoken, openai_public.py); the
 * tests hold each splitter against the pattern itself.
 */
import {
  classOf,
  codePointAt,
  LETTER,
  LOWER,
  NEWLINE,
  NUMBER,
  runEnd,
  SPACE,
  symbolsEnd,
  unitsOf,
  UPPER,
} from './char-classes.js';

/** End of the piece that starts at `from`, which lies inside the text. */
export type Splitter = (text: string, from: number) => number;

const apostrophe = 0x27;
const blank = 0x20;
const slash = 0x2f;

/** Length of `'s`, `'t`, `'m`, `'d`, `'re`, `'ve`, `'ll` at a position, in any case if `anyCase`; 0 for none. */
function contractionLength(text: string, at: number, anyCase: boolean): number {
  if (text.charCodeAt(at) !== apostrophe) return 0;
  const fold = anyCase ? 0x20 : 0;
  const first = foldLetter(text.charCodeAt(at + 1), fold);
  if (first === 0x73 || first === 0x74 || first === 0x6d || first === 0x64) return 2;
  const second = foldLetter(text.charCodeAt(at + 2), fold);
  const isPair = first === 0x6c ? second === 0x6c : (first === 0x72 || first === 0x76) && second === 0x65;
  return isPair ? 3 : 0;
}

/** ASCII letters only: the patterns spell both cases out. */
function foldLetter(unit: number, fold: number): number {
  return unit >= 0x41 && unit <= 0x5a ? unit | fold : unit;
}

/** `\p{N}{1,3}` */
function numberEnd(text: string, from: number): number {
  let position = from;
  for (let count = 0; count < 3; count++) {
    const codePoint = codePointAt(text, position);
    if (codePoint < 0 || (classOf(codePoint) & NUMBER) === 0) break;
    position += unitsOf(codePoint);
  }
  return position;
}

/** `\s+(?!\S)|\s+`: all but the last blank before something, or the whole run. */
function blanksEnd(text: string, from: number): number {
  const end = runEnd(text, from, SPACE);
  return end === text.length || end - from === 1 ? end : end - 1;
}

/** `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line break of the run, else as {@link blanksEnd}. */
function linesEnd(text: string, from: number): number {
  const end = runEnd(text, from, SPACE);
  for (let position = end; position > from; position--) {
    const unit = text.charCodeAt(position - 1);
    if (unit === 0x0a || unit === 0x0d) return position;
  }
  return end === text.length || end - from === 1 ? end : end - 1;
}

/** gpt2, r50k_base, p50k_base, p50k_edit. */
export const splitGpt2: Splitter = (text, from) => {
  const contraction = contractionLength(text, from, false);
  if (contraction > 0) return from + contraction;
  const start = text.charCodeAt(from) === blank ? from + 1 : from;
  const codePoint = codePointAt(text, start);
  const bits = codePoint < 0 ? SPACE : classOf(codePoint);
  if ((bits & LETTER) !== 0) return runEnd(text, start, LETTER);
  if ((bits & NUMBER) !== 0) return runEnd(text, start, NUMBER);
  if ((bits & SPACE) === 0) return symbolsEnd(text, start);
  return blanksEnd(text, from);
};

/** cl100k_base. */
export const splitCl100k: Splitter = (text, from) => {
  const first = codePointAt(text, from);
  const bits = classOf(first);
  if ((bits & LETTER) !== 0) return runEnd(text, from, LETTER);
  if ((bits & NUMBER) !== 0) return numberEnd(text, from);
  if (first === apostrophe) {
    const contraction = contractionLength(text, from, true);
    if (contraction > 0) return from + contraction;
  }
  const next = from + unitsOf(first);
  const second = codePointAt(text, next);
  const secondBits = second < 0 ? SPACE : classOf(second);
  if ((bits & NEWLINE) === 0 && (secondBits & LETTER) !== 0) return runEnd(text, next, LETTER);
  if ((bits & SPACE) === 0) return runEnd(text, symbolsEnd(text, next), NEWLINE);
  if (first === blank && (secondBits & (LETTER | NUMBER | SPACE)) === 0) {
    return runEnd(text, symbolsEnd(text, next), NEWLINE);
  }
  return linesEnd(text, from);
};

/** o200k_base. */
export const splitO200k: Splitter = (text, from) => {
  const first = codePointAt(text, from);
  const bits = classOf(first);
  if ((bits & NUMBER) !== 0) return numberEnd(text, from);
  const word = wordEnd(text, from, first, bits);
  if (word > 0) return word + contractionLength(text, word, true);
  const next = from + unitsOf(first);
  if ((bits & SPACE) === 0) return newlinesAndSlashesEnd(text, symbolsEnd(text, next));
  const second = codePointAt(text, next);
  if (first === blank && second >= 0 && (classOf(second) & (LETTER | NUMBER | SPACE)) === 0) {
    return newlinesAndSlashesEnd(text, symbolsEnd(text, next));
  }
  return linesEnd(text, from);
};

/**
 * The first two alternatives of o200k_base without their contraction, in the order in which backtracking tries them:
 * `X?U*L+` with and without the one other character X in front, then `X?U+L*` likewise. 0 where none matches.
 */
function wordEnd(text: string, from: number, first: number, bits: number): number {
  const mayLead = (bits & (LETTER | NUMBER | NEWLINE)) === 0;
  const behind = from + unitsOf(first);
  if (mayLead) {
    const end = lowerWordEnd(text, behind);
    if (end > 0) return end;
  }
  if ((bits & (UPPER | LOWER)) !== 0) {
    const end = lowerWordEnd(text, from);
    if (end > 0) return end;
  }
  const start = mayLead ? behind : from;
  const end = runEnd(text, start, UPPER);
  return end > start ? end : 0;
}

/** `U*L+`: the upper run, then lower ones; else back to the last of the run that is lower too. 0 for no match. */
function lowerWordEnd(text: string, from: number): number {
  let position = from;
  let lastBoth = 0;
  const { length } = text;
  while (position < length) {
    const codePoint = codePointAt(text, position);
    const bits = classOf(codePoint);
    if ((bits & UPPER) === 0) {
      if ((bits & LOWER) !== 0) return runEnd(text, position, LOWER);
      break;
    }
    position += unitsOf(codePoint);
    if ((bits & LOWER) !== 0) lastBoth = position;
  }
  return lastBoth;
}

/** `[\r\n/]*` */
function newlinesAndSlashesEnd(text: string, from: number): number {
  let position = from;
  for (;;) {
    const unit = text.charCodeAt(position);
    if (unit !== 0x0a && unit !== 0x0d && unit !== slash) return position;
    position++;
  }
}
