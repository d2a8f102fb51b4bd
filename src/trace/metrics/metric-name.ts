/**
 * From the raw name of an assessment to its column: a pure function of the name alone, so that no order of arrival and
 * no other name can change it. Pure.
 */
import { createHash } from 'node:crypto';

/** Every metric column starts with it: no name can meet a fixed column of the gold table. */
export const metricPrefix = 'metric_';

/** Longest name behind the prefix, in characters; with prefix and suffix it stays far below every engine's limit. */
export const maxNameLength = 60;

/** Column suffixes: scores that people gave, labels that judges or people gave. */
export const metricSuffixes = { human: '_human', label: '_label', humanLabel: '_human_label' } as const;

/** Endings that would read as a suffix of another metric, or as a hash made here. */
const reservedEnding = /(?:^|_)(?:human|label|x[0-9a-f]{8})$/;

/**
 * Column of a metric, without suffix: lower case, everything outside `[a-z0-9]` as `_`, runs of it squeezed, none at
 * the ends. Raw names that come out equal (`Answer Relevance`, `answer_relevance`) are one metric; the catalogue lists
 * them as aliases.
 *
 * A short hash of the raw name is added where the result would not stand for the name alone: it is empty, longer than
 * {@link maxNameLength}, reserved (`…_label`, `…_human`), or letters were lost (`正確性 v1` and `関連性 v1` are not
 * the same metric).
 */
export function metricColumnName(rawName: string): string {
  const lower = rawName.normalize('NFC').toLowerCase();
  const name = lower.replace(/[^a-z0-9]+/g, '_').replace(/^_|_$/g, '');
  const isOwnName = name !== '' && name.length <= maxNameLength && !reservedEnding.test(name);
  if (isOwnName && !/[^\P{L}a-z]|[^\P{N}0-9]/u.test(lower)) return metricPrefix + name;
  const hash = `x${createHash('sha256').update(rawName.toWellFormed()).digest('hex').slice(0, 8)}`;
  const kept = name.slice(0, maxNameLength - hash.length - 1).replace(/_$/, '');
  return metricPrefix + (kept === '' ? hash : `${kept}_${hash}`);
}
