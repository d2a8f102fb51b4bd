/**
 * What of a text a tokenizer may count. Inline base64 (pictures, sound, files) is no prose: providers count such parts by
 * their own rules, and a tokenizer would find hundreds of thousands of tokens in a prompt of some hundred. Pure.
 */

import { attachmentReferences, attachmentScheme } from './spans/attachments.js';

/** A run of the base64 alphabet as long as this, without a blank, is data; the longest words are far shorter. */
const minRunLength = 400;

/** The text without inline base64 and without references to attachments; the text itself where it has none. */
export function proseOf(text: string): string {
  return withoutRuns(withoutAttachments(withoutDataUris(text)));
}

function withoutDataUris(text: string): string {
  if (!text.includes(';base64,')) return text;
  return text.replaceAll(/;base64,(?:[A-Za-z0-9+/_-]|\\\/|%2[BbFf])+(?:=|%3[Dd]){0,2}/g, ';base64,');
}

function withoutAttachments(text: string): string {
  if (!text.includes(attachmentScheme)) return text;
  return text.replaceAll(attachmentReferences, '');
}

/** Looks at every `minRunLength`-th character alone: a long run cannot lie between two of them. */
function withoutRuns(text: string): string {
  let kept = '';
  let keptUpTo = 0;
  for (let probe = minRunLength - 1; probe < text.length; probe += minRunLength) {
    if (!isBase64(text.charCodeAt(probe))) continue;
    let start = probe;
    while (start > keptUpTo && isBase64(text.charCodeAt(start - 1))) start--;
    let end = probe + 1;
    while (end < text.length && isBase64(text.charCodeAt(end))) end++;
    probe = Math.max(probe, end - 1);
    if (end - start < minRunLength || !looksEncoded(text, start)) continue;
    kept += text.slice(keptUpTo, start);
    keptUpTo = end;
  }
  return keptUpTo === 0 ? text : kept + text.slice(keptUpTo);
}

function isBase64(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x2f && code <= 0x39) ||
    code === 0x2b ||
    code === 0x2d ||
    code === 0x5f ||
    code === 0x3d
  );
}

/** Encoded bytes mix upper case, lower case and digits within a few dozen characters; a thousand letters "a" do not. */
function looksEncoded(text: string, start: number): boolean {
  const sample = text.slice(start, start + minRunLength);
  return /[A-Z]/.test(sample) && /[a-z]/.test(sample) && /\d/.test(sample);
}
