/**
 * The encodings that can be counted, their rank tables and splitters. Tables are loaded when first needed: each is
 * 0.5-2.3 MB. Imports js-tiktoken's tables and this folder only.
 */
import type { TiktokenBPE } from 'js-tiktoken/lite';
import { RankTable } from './rank-table.js';
import { splitCl100k, splitGpt2, splitO200k, type Splitter } from './split.js';

export const encodingNames = ['cl100k_base', 'o200k_base', 'p50k_base', 'p50k_edit', 'r50k_base', 'gpt2'] as const;

/** Name of an encoding, as tiktoken spells it. */
export type EncodingName = (typeof encodingNames)[number];

/** Everything needed to count in one encoding. */
export interface Encoding {
  readonly ranks: RankTable;
  readonly split: Splitter;
}

interface EncodingSource {
  readonly split: Splitter;
  readonly load: () => Promise<{ default: TiktokenBPE }>;
}

const sources: Readonly<Record<EncodingName, EncodingSource>> = {
  cl100k_base: { split: splitCl100k, load: () => import('js-tiktoken/ranks/cl100k_base') },
  o200k_base: { split: splitO200k, load: () => import('js-tiktoken/ranks/o200k_base') },
  p50k_base: { split: splitGpt2, load: () => import('js-tiktoken/ranks/p50k_base') },
  p50k_edit: { split: splitGpt2, load: () => import('js-tiktoken/ranks/p50k_edit') },
  r50k_base: { split: splitGpt2, load: () => import('js-tiktoken/ranks/r50k_base') },
  gpt2: { split: splitGpt2, load: () => import('js-tiktoken/ranks/gpt2') },
};

export async function loadEncoding(name: EncodingName): Promise<Encoding> {
  const { split, load } = sources[name];
  return { ranks: new RankTable((await load()).default.bpe_ranks), split };
}
