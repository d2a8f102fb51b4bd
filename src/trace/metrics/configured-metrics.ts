/**
 * Metrics that the configuration takes from tags, from metadata or from spans, where some evaluation wrote its results
 * instead of logging assessments. Pure.
 */
import { isJsonObject, type JsonValue } from '../../json/json-value.js';
import type { MetricOrigin, ProcessingOptions } from '../processing-options.js';
import type { SpanTexts } from '../spans/span-texts.js';
import type { SpanTree } from '../spans/span-tree.js';
import type { TraceInfo } from '../trace.js';
import type { GivenValue } from './metric-values.js';
import { unpackValue } from './unpack-value.js';

/** Where configured metrics are looked for. */
export interface MetricPlaces {
  readonly info: TraceInfo;
  readonly tree: SpanTree;
  /** Of each node of the tree. */
  readonly facts: readonly ({ readonly kind: string } & SpanTexts)[];
}

/** A value found in one place; the span is null for the trace itself. */
interface FoundValue {
  readonly spanId: string | null;
  readonly value: JsonValue;
}

export interface ConfiguredValues {
  /** Without a time, so that an assessment of the same name always comes before them. They count as made by code. */
  readonly given: readonly GivenValue[];
  /** Values that are too deep or too many to be metrics. */
  readonly numLeftOut: number;
  /** Names of the first ten of each place. */
  readonly leftOut: readonly string[];
}

export function configuredMetrics(places: MetricPlaces, { metrics }: ProcessingOptions): ConfiguredValues {
  const given: GivenValue[] = [];
  const leftOut: string[] = [];
  let numLeftOut = 0;
  for (const { name, from } of metrics) {
    for (const { spanId, value } of found(places, from)) {
      const unpacked = unpackValue(value);
      numLeftOut += unpacked.numLeftOut;
      leftOut.push(...unpacked.leftOut.map((path) => `${name}.${path}`));
      for (const leaf of unpacked.leaves) {
        given.push({ rawName: [name, ...leaf.path].join('.'), value: leaf.value, spanId, assessment: null });
      }
    }
  }
  return { given, numLeftOut, leftOut };
}

function found({ info, tree, facts }: MetricPlaces, from: MetricOrigin): FoundValue[] {
  if (from.kind !== 'span') {
    const map = from.kind === 'tag' ? info.tags : info.metadata;
    const value = Object.hasOwn(map, from.key) ? map[from.key] : undefined;
    return value === undefined ? [] : [{ spanId: null, value }];
  }
  const rootId = tree.root?.span.spanId;
  return tree.nodes.flatMap(({ span }, index) => {
    const own = facts[index];
    if (own?.kind !== from.spanKind) return [];
    const part = from.part === 'attributes' ? span.attributes : (own[from.part] ?? undefined);
    const value = memberAt(part, from.path);
    return value === undefined ? [] : [{ spanId: span.spanId === rootId ? null : span.spanId, value }];
  });
}

/** A member's own name may hold dots: the longest name that exists is followed. */
function memberAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  if (path.length === 0) return value;
  if (!isJsonObject(value)) return undefined;
  for (let length = path.length; length > 0; length -= 1) {
    const name = path.slice(0, length).join('.');
    if (Object.hasOwn(value, name)) return memberAt(value[name], path.slice(length));
  }
  return undefined;
}
