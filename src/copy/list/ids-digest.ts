/**
 * The digest of a set of trace ids: the XOR of the SHA-256 of each id (UTF-8), as 64 hex digits. It is the same for the
 * same ids whatever their order, it can be combined window by window, and docs say how anybody computes it from the
 * tables. Pure; imports nothing: workflows, which have no hash function, combine digests too.
 */

/** Of no ids: 64 zeros. */
export const emptyDigest = '0'.repeat(64);

/** Of two sets together. An id that is in both is in neither afterwards: it cancels itself. */
export function combineDigests(left: string, right: string): string {
  const xor = BigInt(`0x${left}`) ^ BigInt(`0x${right}`);
  return xor.toString(16).padStart(64, '0');
}

/**
 * @param traceIds each id once
 * @param sha256 SHA-256 of a text's UTF-8, as 64 hex digits
 */
export function idsDigest(traceIds: Iterable<string>, sha256: (text: string) => string): string {
  let digest = 0n;
  for (const traceId of traceIds) digest ^= BigInt(`0x${sha256(traceId)}`);
  return digest.toString(16).padStart(64, '0');
}
