/**
 * The full request and response of a trace, from its spans. Pure.
 *
 * MLflow's previews are cut, and may be the last message only: they never stand in for a full text.
 */
import type { JsonValue } from '../json/json-value.js';
import { attributeKeys } from './wire/mlflow-keys.js';
import type { TraceTexts } from './raw-form.js';
import { writeJson } from '../json/write-json.js';
import type { SpanTree } from './spans/span-tree.js';

/**
 * Inputs and outputs of the root span: text stays text, other values become JSON. With several roots the one that
 * names the trace counts, then the earliest; what it lacks the next root gives. Without a true root (the trace
 * continues one of another system, or the root is still missing) the topmost spans take its place. Null where no span
 * says anything, and always while spans were not read.
 */
export function textsOfTree(tree: SpanTree): TraceTexts {
  return { request: firstText(tree, attributeKeys.inputs), response: firstText(tree, attributeKeys.outputs) };
}

function firstText(tree: SpanTree, key: string): string | null {
  const { root, tops } = tree;
  if (root === null) return null;
  const isTrueRoot = root.span.parentSpanId === null;
  for (const top of [root, ...tops]) {
    if (isTrueRoot && top.span.parentSpanId !== null) continue;
    const value: JsonValue | undefined = top.span.attributes[key];
    if (value !== undefined && value !== null) return typeof value === 'string' ? value : writeJson(value);
  }
  return null;
}
