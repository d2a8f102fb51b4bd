/** What can be configured about processing, and the version that it gives. Pure. */
import { createHash, createHmac } from 'node:crypto';
import type { PriceList } from '../prices/price-list.js';

/** A column `dim_<name>` of the gold table, filled from a tag or from metadata of the trace. */
interface Dimension {
  /** `[a-z][a-z0-9_]*`, unique. */
  readonly name: string;
  readonly from: 'tag' | 'metadata';
  /** Key of the tag or metadata. */
  readonly key: string;
}

/** Where a metric is taken from that is no assessment: `faithfulness=tag:eval.faithfulness`. */
export interface ConfiguredMetric {
  /** Raw name of the metric. */
  readonly name: string;
  readonly from: MetricOrigin;
}

export type MetricOrigin =
  | { readonly kind: 'tag' | 'metadata'; readonly key: string }
  | {
      readonly kind: 'span';
      /** Span type, such as EVALUATOR; every span of it is judged on its own. */
      readonly spanKind: string;
      readonly part: 'inputs' | 'outputs' | 'attributes';
      /** Members from there to the value; an attribute's own name may hold dots. */
      readonly path: readonly string[];
    };

export interface ProcessingOptions {
  /** Encoding that the token counts were made with, for example `cl100k_base`. */
  readonly encoding: string;
  readonly dimensions: readonly Dimension[];
  /** Metrics from elsewhere than assessments. */
  readonly metrics: readonly ConfiguredMetric[];
  /** Prices of model calls; without any, costs are what was reported. */
  readonly prices: PriceList;
  /** Secret. Set: user ids become their HMAC-SHA256 under this key, in hex. Null: they stay as they are. */
  readonly userIdHashKey: string | null;
}

/** Raised whenever the rules of processing change what rows hold. */
const rulesVersion = 3;

/**
 * Version of the processing as rows carry it: rules, encoding, a fingerprint of the rest and one of the
 * prices, for example `3-cl100k_base-3f2a9c01-p5d0b1c22`. The first fingerprint is keyed by the secret and too short to test guesses of it.
 */
export function processVersion(options: ProcessingOptions): string {
  const known = versions.get(options) ?? computeVersion(options);
  versions.set(options, known);
  return known;
}

/** Every trace asks for it. */
const versions = new WeakMap<ProcessingOptions, string>();

function computeVersion(options: ProcessingOptions): string {
  const dimensions = options.dimensions
    .map(({ name, from, key }) => [name, from, key])
    .sort(([left = ''], [right = '']) => (left < right ? -1 : 1));
  const fingerprint = createHmac('sha256', options.userIdHashKey ?? '')
    .update(JSON.stringify(['process version', options.userIdHashKey !== null, dimensions, ...metricsOf(options)]))
    .digest('hex')
    .slice(0, 8);
  return `${String(rulesVersion)}-${options.encoding}-${fingerprint}-${pricesMark(options.prices)}`;
}

/** The part of a version that stands for the prices; nothing else has this form. */
function pricesMark({ version }: PriceList): string {
  return `p${createHash('sha256').update(version).digest('hex').slice(0, 8)}`;
}

/** Nothing where none is configured, so that such versions stay what they were. */
function metricsOf({ metrics }: ProcessingOptions): unknown[] {
  return metrics.length === 0 ? [] : [[...metrics].sort((left, right) => (left.name < right.name ? -1 : 1))];
}
