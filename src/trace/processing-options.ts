/** What can be configured about processing, and the version that it gives. Pure; must not import ports or SDKs. */
import { createHmac } from 'node:crypto';

/** A column `dim_<name>` of the gold table, filled from a tag or from metadata of the trace. */
export interface Dimension {
  /** `[a-z][a-z0-9_]*`, unique. */
  readonly name: string;
  readonly from: 'tag' | 'metadata';
  /** Key of the tag or metadata. */
  readonly key: string;
}

export interface ProcessingOptions {
  /** Encoding that the token counts were made with, for example `cl100k_base`. */
  readonly encoding: string;
  readonly dimensions: readonly Dimension[];
  /** Secret. Set: user ids become their HMAC-SHA256 under this key, in hex. Null: they stay as they are. */
  readonly userIdHashKey: string | null;
}

/** Raised whenever the rules of processing change what rows hold. */
const rulesVersion = 2;

/**
 * Version of the processing as rows carry it: rules, encoding and a fingerprint of the rest, for example
 * `1-cl100k_base-3f2a9c01`. The fingerprint is keyed by the secret and too short to test guesses of it.
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
    .update(JSON.stringify(['process version', options.userIdHashKey !== null, dimensions]))
    .digest('hex')
    .slice(0, 8);
  return `${String(rulesVersion)}-${options.encoding}-${fingerprint}`;
}
