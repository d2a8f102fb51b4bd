/** The versions that a listing saw, as staging keeps them for the verification: a hash by id, or that it was withheld. */

const withheldMark = 'withheld ';

/** @param sourceHash version in which the tables keep the trace */
export function asWithheld(sourceHash: string): string {
  return `${withheldMark}${sourceHash}`;
}

/** The version, and whether the tables keep it although the source shows another one. */
export function seenVersion(text: string): { readonly sourceHash: string; readonly isWithheld: boolean } {
  const isWithheld = text.startsWith(withheldMark);
  return { sourceHash: isWithheld ? text.slice(withheldMark.length) : text, isWithheld };
}
