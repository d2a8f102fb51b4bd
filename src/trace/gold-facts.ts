/** Facts of the gold row that come from tags, metadata and the shape of the tree. Pure. */
import { createHmac, hash } from 'node:crypto';
import { isJsonObject, type JsonValue } from '../json/json-value.js';
import { decodeJsonText, itemsOf, textOrNull } from './wire/decode-values.js';
import { assessmentMetadataKeys, metadataKeys, tagKeys } from './wire/mlflow-keys.js';
import type { TraceInfo } from './trace.js';
import type { ProcessingOptions } from './processing-options.js';
import { wellFormed } from './raw-form.js';
import { writeJson } from '../json/write-json.js';
import { spanErrorType, type SpanFacts } from './spans/span-facts.js';
import type { SpanTree } from './spans/span-tree.js';

export type TraceOrigin = 'app' | 'evaluation' | 'judge';

/**
 * `judge`: a scorer made the trace of its own work. `evaluation`: an evaluation called the application: MLflow tagged
 * it so, or the run that the trace was made in is the one that assessed it. An evaluation of existing traces has a
 * run of its own and changes nothing about where they came from.
 */
export function traceOrigin(info: TraceInfo): TraceOrigin {
  if (info.tags[tagKeys.sourceScorer] !== undefined) return 'judge';
  if (info.tags[tagKeys.evalRequestId] !== undefined) return 'evaluation';
  const run = info.metadata[metadataKeys.sourceRun];
  if (run === undefined || run === '') return 'app';
  const isAssessedByRun = info.assessments.some(({ metadata }) => metadata[assessmentMetadataKeys.sourceRunId] === run);
  return isAssessedByRun ? 'evaluation' : 'app';
}

/** Name of the trace: its tag, else that of the root span. */
export function traceName(info: TraceInfo, tree: SpanTree): string | null {
  return wellFormed(textOrNull(info.tags[tagKeys.traceName]) ?? textOrNull(tree.root?.span.name));
}

export function sessionId(info: TraceInfo, tree: SpanTree, facts: readonly SpanFacts[]): string | null {
  return wholeId(info.metadata[metadataKeys.session], idOfSpans(tree, facts, 'sessionId'));
}

/** User of the application, hashed where so configured. */
export function userId(
  info: TraceInfo,
  tree: SpanTree,
  facts: readonly SpanFacts[],
  options: ProcessingOptions,
): string | null {
  const user = wholeId(info.metadata[metadataKeys.user], idOfSpans(tree, facts, 'userId'));
  return user === null ? null : personId(user, options);
}

/** The id of a person as gold holds it: hashed where so configured, so that the same person is the same text. */
export function personId(id: string, { userIdHashKey }: ProcessingOptions): string {
  return userIdHashKey === null ? id : createHmac('sha256', userIdHashKey).update(id).digest('hex');
}

/** Length to which servers cut metadata (mlflow/tracing/constant.py MAX_CHARS_IN_TRACE_INFO_METADATA). */
const cutLength = 250;

/** The id in the metadata, unless the server cut it and a span has it whole: two long ids may begin alike. */
function wholeId(stored: string | undefined, ofSpans: string | null): string | null {
  const whole = unquoted(ofSpans ?? undefined);
  const known = unquoted(stored);
  if (stored === undefined || known === null || whole === null) return known ?? whole;
  return stored.length >= cutLength && whole.startsWith(known.replace(/^"/, '')) ? whole : known;
}

/** The root's id, else that of the first span that has one. */
function idOfSpans(
  { root, nodes }: SpanTree,
  facts: readonly SpanFacts[],
  what: 'sessionId' | 'userId',
): string | null {
  let first: string | null = null;
  for (const [index, node] of nodes.entries()) {
    const id = facts[index]?.[what] ?? null;
    if (id !== null && node === root) return id;
    first ??= id;
  }
  return first;
}

/** Spans that came through OTLP leave session and user quoted as JSON. */
function unquoted(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string') return typeof value === 'number' ? String(value) : null;
  const inner = value.startsWith('"') ? decodeJsonText(value) : value;
  return wellFormed(textOrNull(typeof inner === 'string' ? inner : value));
}

/** Non-empty metadata value. */
export function metadataText(info: TraceInfo, key: string): string | null {
  return wellFormed(textOrNull(info.metadata[key]));
}

/** SHA-256 (hex) of a text; null for null. */
export function textHash(text: string | null): string | null {
  return text === null ? null : hash('sha256', text);
}

/** Exception type of the root span, else of the first failed span that names one. */
export function errorType(tree: SpanTree): string | null {
  const ofRoot = tree.root === null ? null : spanErrorType(tree.root.span);
  if (ofRoot !== null) return wellFormed(ofRoot);
  let first: { readonly startMs: number; readonly type: string } | null = null;
  for (const { span, startMs } of tree.nodes) {
    const type = spanErrorType(span);
    if (type !== null && (first === null || startMs < first.startMs)) first = { startMs, type };
  }
  return wellFormed(first?.type ?? null);
}

/** Sorted JSON array of the models used; null where no span names one. */
export function modelNames(facts: readonly SpanFacts[]): string | null {
  const names = new Set<string>();
  for (const { model } of facts) if (model !== null) names.add(model);
  return names.size === 0 ? null : writeJson([...names].sort());
}

/** The model where spans name one and no other; null for none or several. */
export function onlyModel(facts: readonly SpanFacts[]): string | null {
  const names = new Set<string>();
  for (const { model } of facts) if (model !== null) names.add(model);
  const [only = null] = names;
  return names.size === 1 ? only : null;
}

/** What the last model call tells, by its start; of calls inside others the innermost. Null where none tells it. */
export function ofLastCall<K extends 'finishReason' | 'timeToFirstTokenMs'>(
  { nodes }: SpanTree,
  facts: readonly SpanFacts[],
  what: K,
): SpanFacts[K] | null {
  let last: SpanFacts[K] | null = null;
  let lastStartMs = Number.NEGATIVE_INFINITY;
  for (const [index, { startMs }] of nodes.entries()) {
    const value = facts[index]?.[what] ?? null;
    if (value === null || startMs < lastStartMs) continue;
    last = value;
    lastStartMs = startMs;
  }
  return last;
}

/** Linked prompts as a JSON array of `name/version`, each once, in order; null where there are none. */
export function promptVersions(info: TraceInfo, tree: SpanTree): string | null {
  const tag = info.tags[tagKeys.linkedPrompts];
  const lists = [
    tag === undefined ? null : decodeJsonText(tag),
    ...tree.nodes.map(({ span }) => span.attributes[tagKeys.linkedPrompts]),
  ];
  const names = new Set<string>();
  for (const item of lists.flatMap(itemsOf)) {
    if (!isJsonObject(item)) continue;
    const { name, version } = item;
    if (typeof name !== 'string' || (typeof version !== 'string' && typeof version !== 'number')) continue;
    names.add(`${name}/${String(version)}`);
  }
  return names.size === 0 ? null : writeJson([...names]);
}

/** Steps named in a step path; further ones become "…". */
const maxSteps = 50;

/** Names of the root's children in order of start, joined by " > "; null where the root has none. */
export function stepPath(tree: SpanTree): string | null {
  const children = tree.root?.children ?? [];
  if (children.length === 0) return null;
  const names = children.slice(0, maxSteps).map((index) => tree.nodes[index]?.span.name ?? '');
  return wellFormed([...names, ...(children.length > maxSteps ? ['…'] : [])].join(' > '));
}
