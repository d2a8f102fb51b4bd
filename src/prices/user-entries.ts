/** Which entry of the user's file a call falls under. Pure. */
import { providerId } from './providers.js';
import type { ModelName } from './model-name.js';
import { holdsOn, overlap, type Day, type UserEntry } from './price-entry.js';

/**
 * The entry that says most about the name: one without a pattern before one with, the longer pattern before the shorter,
 * one that names the provider before one that does not. The file has no two that say equally much (see
 * {@link clashes}).
 */
export function userEntryFor(entries: readonly UserEntry[], name: ModelName, day: Day): UserEntry | null {
  let best: UserEntry | null = null;
  for (const entry of entries) {
    if (!holdsOn(entry, day) || !isFor(entry, name)) continue;
    if (best === null || precision(entry) > precision(best)) best = entry;
  }
  return best;
}

function isFor({ provider, model }: UserEntry, name: ModelName): boolean {
  if (provider !== null && !name.providers.includes(providerId(provider) ?? provider.toLowerCase())) return false;
  return fits(model.toLowerCase(), name.raw) || fits(model.toLowerCase(), name.model);
}

/** Whether a name fits a pattern, in which `*` stands for any characters. */
function fits(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? '';
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.endsWith(last) && name.length - last.length >= at;
}

function precision({ model, provider }: UserEntry): number {
  const letters = model.replaceAll('*', '').length;
  return (model.includes('*') ? letters : 10_000) * 2 + (provider === null ? 0 : 1);
}

/** Pairs of entries, by their places, that say equally much about the same names on the same days. */
export function clashes(entries: readonly UserEntry[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const [index, left] of entries.entries()) {
    for (const [offset, right] of entries.slice(index + 1).entries()) {
      const isSame = left.model.toLowerCase() === right.model.toLowerCase() && left.provider === right.provider;
      if (isSame && overlap(left, right)) found.push([index, index + 1 + offset]);
    }
  }
  return found;
}
