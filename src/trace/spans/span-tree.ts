/**
 * The tree of a trace's spans, whatever shape the spans are in: ids that occur twice, orphans, cycles, several roots
 * or none, thousands of spans. No recursion, nothing quadratic. Pure.
 */
import { tagKeys } from '../wire/mlflow-keys.js';
import type { Span, TraceInfo } from '../trace.js';

/** A span and its place. Indices point into `SpanTree.nodes`. */
export interface SpanNode {
  readonly span: Span;
  /** -1 for the top of a tree. */
  readonly parent: number;
  readonly children: readonly number[];
  /** 0 for the top of a tree. */
  readonly depth: number;
  /** Milliseconds since the earliest start of the trace's spans. */
  readonly startMs: number;
  /** Null while open and where the end lies before the start: such a duration is unknown. */
  readonly endMs: number | null;
  /** Milliseconds, exact to the nanosecond; null where `endMs` is. */
  readonly durationMs: number | null;
}

export interface SpanTree {
  /** Each span id once, parents before their children, siblings in order of start (ties by id). */
  readonly nodes: readonly SpanNode[];
  /** Tops in order of start: spans without parent, with an unknown one, or first of a cycle. */
  readonly tops: readonly SpanNode[];
  /** The span that stands for the whole trace; null without spans. */
  readonly root: SpanNode | null;
}

interface GrowingNode {
  span: Span;
  parent: number;
  children: number[];
  depth: number;
  startMs: number;
  endMs: number | null;
  durationMs: number | null;
}

/** @param info its tag `mlflow.traceName` tells which of several roots is the trace's own */
export function buildSpanTree(info: TraceInfo, spans: readonly Span[]): SpanTree {
  const unique = uniqueSpans(spans);
  const parents = parentIndices(unique);
  const nodes = breadthFirst(unique, parents);
  const tops = nodes.filter((node) => node.parent < 0);
  return { nodes, tops, root: chooseRoot(info, tops) };
}

/** One span per id, in order of start. Of several the finished one with the latest end is the most complete. */
function uniqueSpans(spans: readonly Span[]): Span[] {
  const byId = new Map<string, Span>();
  for (const span of spans) {
    const known = byId.get(span.spanId);
    if (known === undefined || isMoreComplete(span, known)) byId.set(span.spanId, span);
  }
  return [...byId.values()].sort(byStart);
}

function isMoreComplete(span: Span, known: Span): boolean {
  if (span.endTimeNs === null) return false;
  return known.endTimeNs === null || span.endTimeNs > known.endTimeNs;
}

function byStart(left: Span, right: Span): number {
  if (left.startTimeNs !== right.startTimeNs) return left.startTimeNs < right.startTimeNs ? -1 : 1;
  return left.spanId < right.spanId ? -1 : 1;
}

/** Index of each span's parent, -1 where it has none or an unknown one. */
function parentIndices(spans: readonly Span[]): number[] {
  const indexOf = new Map(spans.map((span, index) => [span.spanId, index]));
  return spans.map((span) => {
    const { parentSpanId } = span;
    return parentSpanId === null || parentSpanId === span.spanId ? -1 : (indexOf.get(parentSpanId) ?? -1);
  });
}

/** Walks down from the tops; what no top leads to lies on or below a cycle, which is cut at its earliest span. */
function breadthFirst(spans: readonly Span[], parents: readonly number[]): GrowingNode[] {
  const childrenOf: number[][] = spans.map(() => []);
  parents.forEach((parent, child) => childrenOf[parent]?.push(child));
  const originNs = spans.find(({ startTimeNs }) => startTimeNs !== 0n)?.startTimeNs ?? 0n;
  const nodes: GrowingNode[] = [];
  const placeOf = new Array<number>(spans.length).fill(-1);
  const place = (index: number, parent: number): void => {
    const span = spans[index];
    if (span === undefined || placeOf[index] !== -1) return;
    placeOf[index] = nodes.length;
    nodes[parent]?.children.push(nodes.length);
    nodes.push(nodeOf(span, parent, (nodes[parent]?.depth ?? -1) + 1, originNs));
    sourceIndex.push(index);
  };
  const sourceIndex: number[] = [];
  let walked = 0;
  const walk = (): void => {
    for (; walked < nodes.length; walked++) {
      for (const child of childrenOf[sourceIndex[walked] ?? -1] ?? []) place(child, walked);
    }
  };
  parents.forEach((parent, index) => {
    if (parent < 0) place(index, -1);
  });
  walk();
  for (const index of cycleEntries(parents, placeOf)) {
    place(index, -1);
    walk();
  }
  return nodes;
}

/** Unplaced spans, those on a cycle first: a span that hangs below a cycle keeps its parent. */
function cycleEntries(parents: readonly number[], placeOf: readonly number[]): number[] {
  const isUnplaced = (index: number): boolean => placeOf[index] === -1;
  const numWaiting = new Map<number, number>();
  const unplaced = parents.flatMap((_, index) => (isUnplaced(index) ? [index] : []));
  for (const index of unplaced) numWaiting.set(index, 0);
  for (const index of unplaced) {
    const parent = parents[index] ?? -1;
    numWaiting.set(parent, (numWaiting.get(parent) ?? 0) + 1);
  }
  const leaves = unplaced.filter((index) => numWaiting.get(index) === 0);
  for (let leaf = leaves.pop(); leaf !== undefined; leaf = leaves.pop()) {
    numWaiting.delete(leaf);
    const parent = parents[leaf] ?? -1;
    const left = (numWaiting.get(parent) ?? 0) - 1;
    numWaiting.set(parent, left);
    if (left === 0) leaves.push(parent);
  }
  return [...numWaiting.keys()].sort((left, right) => left - right);
}

function nodeOf(span: Span, parent: number, depth: number, originNs: bigint): GrowingNode {
  const { startTimeNs, endTimeNs } = span;
  const hasStart = startTimeNs !== 0n;
  const startMs = hasStart ? nanosToMs(startTimeNs - originNs) : 0;
  const isFinished = hasStart && endTimeNs !== null && endTimeNs >= startTimeNs;
  return {
    span,
    parent,
    children: [],
    depth,
    startMs,
    endMs: isFinished ? nanosToMs(endTimeNs - originNs) : null,
    durationMs: isFinished ? nanosToMs(endTimeNs - startTimeNs) : null,
  };
}

function nanosToMs(nanos: bigint): number {
  return Number(nanos) / 1e6;
}

/** True roots come before tops that only lost their parent; of several roots the one that names the trace. */
function chooseRoot(info: TraceInfo, tops: readonly SpanNode[]): SpanNode | null {
  const roots = tops.filter((top) => top.span.parentSpanId === null);
  const candidates = roots.length > 0 ? roots : tops;
  const traceName = info.tags[tagKeys.traceName];
  return candidates.find((top) => top.span.name === traceName) ?? candidates[0] ?? null;
}
