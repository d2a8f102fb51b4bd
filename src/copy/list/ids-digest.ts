/** Combining the fingerprints of trace ids over pages. Pure; imports nothing. */

/** Fingerprint of an empty set of ids: 64 zeros. */
export const emptyDigest = '0'.repeat(64);

/**
 * XOR of two 64-digit hex fingerprints. The digest of a set of ids is the XOR of the SHA-256 of each, so that it can
 * be built page by page and does not depend on the order.
 */
export function combineDigests(left: string, right: string): string {
  const xor = BigInt(`0x${left}`) ^ BigInt(`0x${right}`);
  return xor.toString(16).padStart(64, '0');
}
