/** Texts that differ in nothing that people see as a difference. Pure; imports nothing. */

/** White space, and line ends as JSON writes them. */
const blanks = /(?:\s|\\[nrt])+/g;
const escapes = /\\u([0-9a-f]{4})/gi;

/**
 * The text in Unicode form NFKC, lower case, without white space: words run together, so it is good for comparing only.
 * JSON is not parsed, for that would take longer than everything else that is done with a request. Null for null.
 */
export function normalizedText(text: string | null): string | null {
  if (text === null) return null;
  const plain = text.includes('\\u') ? text.replace(escapes, (_, code: string) => charOf(code)) : text;
  return plain.normalize('NFKC').toLowerCase().replace(blanks, '');
}

const charOf = (code: string): string => String.fromCharCode(Number.parseInt(code, 16));
