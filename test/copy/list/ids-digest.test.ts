import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { combineDigests, emptyDigest } from '../../../src/copy/list/ids-digest.js';

describe('digests of id sets', () => {
  it('do not depend on order and cancel an id against itself', () => {
    const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
    fc.assert(
      fc.property(digest, digest, (left, right) => {
        expect(combineDigests(left, right)).toBe(combineDigests(right, left));
        expect(combineDigests(combineDigests(left, right), right)).toBe(left);
        expect(combineDigests(left, emptyDigest)).toBe(left);
      }),
    );
  });
});
