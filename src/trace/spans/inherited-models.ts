/** The model of a span that counts for tokens and names none: an agent's call does. Pure. */
import type { SpanFacts } from './span-facts.js';
import type { SpanTree } from './span-tree.js';

type Below = Named | 'several' | null;

interface Named {
  readonly model: string;
  readonly provider: string | null;
}

/**
 * Facts in which an owner of tokens without a model has that of the spans below it, where they all name the same: its
 * tokens are priced by it.
 */
export function inheritedModels(
  tree: SpanTree,
  facts: readonly SpanFacts[],
  isOwner: readonly boolean[],
): readonly SpanFacts[] {
  if (!facts.some(({ model }, index) => isOwner[index] === true && model === null)) return facts;
  const below = modelsBelow(tree, facts);
  return facts.map((own, index) => {
    const under = below[index];
    if (own.model !== null || isOwner[index] !== true || under === null || under === undefined) return own;
    return under === 'several' ? own : { ...own, model: under.model, provider: own.provider ?? under.provider };
  });
}

/** What the spans below each span name, children before parents. */
function modelsBelow(tree: SpanTree, facts: readonly SpanFacts[]): readonly Below[] {
  const below = new Array<Below>(facts.length).fill(null);
  for (let index = facts.length - 1; index >= 0; index--) {
    const own = facts[index];
    const parent = tree.nodes[index]?.parent ?? -1;
    if (own === undefined || parent < 0) continue;
    below[parent] = together(below[parent] ?? null, named(own) ?? below[index] ?? null);
  }
  return below;
}

function named({ model, provider }: SpanFacts): Named | null {
  return model === null ? null : { model, provider };
}

function together(left: Below, right: Below): Below {
  if (left === null || right === null) return left ?? right;
  return left !== 'several' && right !== 'several' && left.model === right.model ? left : 'several';
}
