/** The steps of a copy lean on earlier ones only, so that a reader can take them one after the other. */
import { expect, it } from 'vitest';

import { importsOf, sourceFiles } from '../imports.js';

const stepOf = (file: string): string | null => /^src\/copy\/([\w-]+)\//.exec(file)?.[1] ?? null;

/** Which steps each step imports from, types included. */
function uses(): Map<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { file, target } of sourceFiles('src/copy').flatMap(importsOf)) {
    const [from, to] = [stepOf(file), stepOf(target ?? '')];
    if (from === null || to === null || from === to) continue;
    found.set(from, (found.get(from) ?? new Set()).add(to));
  }
  return found;
}

it('no step of a copy leans on a step that leans on it', () => {
  const used = uses();
  const behind = (step: string, seen = new Set<string>()): ReadonlySet<string> => {
    for (const next of used.get(step) ?? []) if (!seen.has(next)) behind(next, seen.add(next));
    return seen;
  };
  expect([...used.keys()].filter((step) => behind(step).has(step))).toEqual([]);
  expect(used.get('process')).toContain('list');
});
