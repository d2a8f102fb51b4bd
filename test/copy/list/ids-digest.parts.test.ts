/** The recipe that docs/guarantee.md gives for the digest, run as a reader would. */
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { emptyDigest, idsDigest } from '../../../src/copy/list/ids-digest.js';
import { codeBlocks, readDocument } from '../../docs/markdown.js';

const [recipe = ''] = codeBlocks(readDocument('docs/guarantee.md'), ['python']);

function python(input: string): string {
  const { status, stdout, stderr, error } = spawnSync('python3', ['-c', recipe], { input, encoding: 'utf8' });
  if (error !== undefined || status !== 0) throw new Error(`python3 failed: ${error?.message ?? stderr}`);
  return stdout.trim();
}

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('skipped: the recipe of docs/guarantee.md, since there is no python3');

describe.skipIf(!hasPython)("the documented recipe for a window's digest", () => {
  const ours = (ids: readonly string[]): string => idsDigest(ids, (text) => hash('sha256', text));
  const ids = ['tr-b4c4e1d8f9a04a6c', 'tr-0000000000000000', 'tr-ffffffffffffffff', '6f1e9b'];

  it('the documented recipe for a window’s digest gives the digest that tracelift records, whatever the order of the ids and however often one is repeated', () => {
    expect(python(ids.join('\n'))).toBe(ours(ids));
    expect(python(`${[...ids, ...ids].toReversed().join('\n')}\n`)).toBe(ours(ids));
  });

  it('the documented recipe for a window’s digest gives zeros for no ids, and leading zeros where the digest has them', () => {
    expect(python('')).toBe(emptyDigest);
    const leading = Array.from({ length: 1000 }, (_, index) => `tr-${String(index)}`).find((id) =>
      ours([id]).startsWith('0'),
    );
    expect(python(leading ?? '')).toBe(ours([leading ?? '']));
  });
});
