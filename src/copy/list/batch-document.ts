/** The staged form of a batch: what listing hands to processing. */
import type { TraceToCopy } from './diff.js';
import type { HashedTrace } from './listed-trace.js';

export interface BatchDocument {
  /** The source's clock when the traces were listed, epoch milliseconds. */
  readonly observedAtMs: number;
  readonly traces: readonly TraceToCopy<HashedTrace>[];
}
