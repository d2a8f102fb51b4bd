import { hash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { combineDigests, emptyDigest, idsDigest } from '../../../src/copy/list/ids-digest.js';

describe('digests of id sets', () => {
  it('digests of id sets do not depend on order and cancel an id against itself', () => {
    const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
    fc.assert(
      fc.property(digest, digest, (left, right) => {
        expect(combineDigests(left, right)).toBe(combineDigests(right, left));
        expect(combineDigests(combineDigests(left, right), right)).toBe(left);
        expect(combineDigests(left, emptyDigest)).toBe(left);
      }),
    );
  });

  it('digests of id sets are the XOR of the SHA-256 of each id, set by set or all at once', () => {
    const sha256 = (text: string): string => hash('sha256', text);
    expect(idsDigest(['a'], sha256)).toBe(sha256('a'));
    expect(idsDigest([], sha256)).toBe(emptyDigest);
    const ids = fc.uniqueArray(fc.string(), { maxLength: 20 });
    fc.assert(
      fc.property(ids, fc.nat(20), (all, at) => {
        const [first, second] = [all.slice(0, at), all.slice(at)];
        expect(combineDigests(idsDigest(first, sha256), idsDigest(second, sha256))).toBe(idsDigest(all, sha256));
      }),
    );
  });
});
