/**
 * The full request and response of a trace, from its spans. Pure.
 *
 * MLflow's previews are cut, and may be the last message only: they never stand in for a full text.
 */
import type { JsonValue } from '../json/json-value.js';
import { writeJson } from '../json/write-json.js';
import type { TraceTexts } from './raw-form.js';
import type { SpanTexts } from './spans/span-texts.js';
import type { SpanTree } from './spans/span-tree.js';

/**
 * Inputs and outputs of the root span: text stays text, other values become JSON. With several roots the one that
 * names the trace counts, then the earliest; what it lacks the next root gives. Without a true root (the trace
 * continues one of another system, or the root is still missing) the topmost spans take its place. Where none has
 * inputs (an HTTP server's `POST /chat`), request and response are those of the first span below the root that has
 * inputs. Null where no span says anything, and always while spans were not read.
 * @param facts parallel to the nodes of the tree
 */
export function textsOfTree(tree: SpanTree, facts: readonly SpanTexts[]): TraceTexts {
  const tops = topsOf(tree, facts);
  const request = firstOf(tops, 'inputs');
  const response = firstOf(tops, 'outputs');
  if (request !== null) return { request: textOf(request), response: textOf(response) };
  const below = firstBelowRoot(tree, facts);
  return { request: textOf(below?.inputs ?? null), response: textOf(response ?? below?.outputs ?? null) };
}

/** The root first, then the others that may stand beside it. */
function topsOf({ nodes, root }: SpanTree, facts: readonly SpanTexts[]): readonly SpanTexts[] {
  if (root === null) return [];
  const isTrueRoot = root.span.parentSpanId === null;
  const own: SpanTexts[] = [];
  const others: SpanTexts[] = [];
  for (const [index, node] of nodes.entries()) {
    const texts = facts[index];
    if (texts === undefined || node.parent >= 0) continue;
    if (node === root) own.push(texts);
    else if (!isTrueRoot || node.span.parentSpanId === null) others.push(texts);
  }
  return [...own, ...others];
}

function firstOf(tops: readonly SpanTexts[], what: keyof SpanTexts): JsonValue | null {
  return tops.find((texts) => texts[what] !== null)?.[what] ?? null;
}

/** The highest, and of those the earliest. */
function firstBelowRoot({ nodes, root }: SpanTree, facts: readonly SpanTexts[]): SpanTexts | null {
  const isBelow: boolean[] = [];
  for (const [index, node] of nodes.entries()) {
    isBelow.push(node === root || isBelow[node.parent] === true);
    const texts = facts[index];
    if (isBelow[index] === true && node !== root && texts !== undefined && texts.inputs !== null) return texts;
  }
  return null;
}

function textOf(value: JsonValue | null): string | null {
  return value === null || typeof value === 'string' ? value : writeJson(value);
}
