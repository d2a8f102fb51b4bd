/**
 * The attributes of a span by what they mean, whatever convention named them (dialects.ts). Pure.
 *
 * One pass over the attributes that are there: looking for each of the many names would cost more than all other work
 * on a span.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import { setMember } from '../../json/decode-json.js';
import { decodeJsonText, textOrNull } from './decode-values.js';
import { factNames, spelledOut, wrappingMembers, type SpanFactName } from './dialects.js';

interface NamedValue {
  readonly fact: SpanFactName;
  /** Place of the name among those of the fact. */
  readonly rank: number;
  readonly value: JsonValue;
}

export type SpelledOut = keyof typeof spelledOut;

/** Names that mean something, and what: one name may mean several facts, depending on the kind of the span. */
const meanings = new Map<string, { readonly fact: SpanFactName; readonly rank: number }[]>();
for (const fact of Object.keys(factNames) as SpanFactName[]) {
  for (const [rank, name] of factNames[fact].entries()) {
    const known = meanings.get(name);
    if (known === undefined) meanings.set(name, [{ fact, rank }]);
    else known.push({ fact, rank });
  }
}

const prefixes = Object.values(spelledOut).flat();
/** Of the first character: most names are none of these. */
const prefixStarts: ReadonlySet<number> = new Set(prefixes.map((prefix) => prefix.charCodeAt(0)));

export class NamedValues {
  private readonly known: NamedValue[] = [];
  private spelled: [prefix: string, rest: string, value: JsonValue][] | null = null;
  /** Whether any attribute is not MLflow's own. */
  readonly isForeign: boolean;

  constructor(readonly attributes: JsonObject) {
    let isForeign = false;
    for (const name in attributes) {
      const value = attributes[name];
      if (value === undefined || value === null) continue;
      const means = meanings.get(name);
      if (means !== undefined) for (const { fact, rank } of means) this.known.push({ fact, rank, value });
      if (name.startsWith('mlflow.')) continue;
      isForeign = true;
      if (prefixStarts.has(name.charCodeAt(0))) this.takeSpelled(name, value);
    }
    this.isForeign = isForeign;
  }

  private takeSpelled(name: string, value: JsonValue): void {
    const prefix = prefixes.find((one) => name.startsWith(one) && name[one.length] === '.');
    if (prefix !== undefined) (this.spelled ??= []).push([prefix, name.slice(prefix.length + 1), value]);
  }

  /** What `read` makes of the best name of a fact that it can read; null where it can read none. */
  first<T>(fact: SpanFactName, read: (value: JsonValue) => T | null): T | null {
    let best: T | null = null;
    let bestRank = Number.POSITIVE_INFINITY;
    for (const named of this.known) {
      if (named.fact !== fact || named.rank >= bestRank) continue;
      const value = read(named.value);
      if (value === null) continue;
      best = value;
      bestRank = named.rank;
    }
    return best;
  }

  /** A non-empty text; JSON's quotes, which some servers leave, are taken off. */
  text(fact: SpanFactName): string | null {
    return this.first(fact, plainText);
  }

  /** Values that attributes spell out under one of the prefixes: a list where they are numbered, else an object. */
  spelledOut(what: SpelledOut): JsonValue | null {
    if (this.spelled === null) return null;
    for (const prefix of spelledOut[what]) {
      const members = this.spelled.filter(([one]) => one === prefix);
      if (members.length > 0) return assembled(members.map(([, rest, value]) => [rest, value]));
    }
    return null;
  }
}

/** A non-empty text without quotes of JSON around it. */
export function plainText(value: JsonValue | undefined): string | null {
  const text = textOrNull(value);
  if (text?.startsWith('"') !== true) return text;
  const inner = decodeJsonText(text);
  return typeof inner === 'string' ? textOrNull(inner) : text;
}

/** The value of JSON text that is an object or a list; every other value as it is. */
export function structured(value: JsonValue): JsonValue {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return value;
  const read = decodeJsonText(value);
  return typeof read === 'object' ? read : value;
}

/** Longest list that attributes may spell out. */
const maxPlaces = 10_000;

function assembled(members: readonly (readonly [string, JsonValue])[]): JsonValue {
  const numbered: JsonObject[] = [];
  const named: JsonObject = {};
  for (const [rest, value] of members) {
    const match = /^(\d{1,5})\.(.+)$/.exec(rest);
    const place = Number(match?.[1] ?? maxPlaces);
    if (match?.[2] === undefined || place >= maxPlaces) setMember(named, rest, structured(value));
    else setMember((numbered[place] ??= {}), withoutWrapping(match[2]), structured(value));
  }
  return numbered.length > 0 ? numbered.filter(isJsonObject) : named;
}

function withoutWrapping(name: string): string {
  for (const wrapping of wrappingMembers) if (name.startsWith(wrapping)) return name.slice(wrapping.length);
  return name;
}

/** The value at a path of members and places, `choices.0.finish_reason`; undefined where it leads nowhere. */
export function valueAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let at = value;
  for (const step of path) {
    if (Array.isArray(at)) at = at[Number(step)];
    else if (isJsonObject(at)) at = at[step];
    else return undefined;
  }
  return at;
}

/** What `read` makes of the first of these paths at which it can read something; null where there is none. */
export function firstAt<T>(
  value: JsonValue | undefined,
  paths: readonly (readonly string[])[],
  read: (value: JsonValue) => T | null,
): T | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const path of paths) {
    // Most paths lead nowhere from their first step on.
    if (isJsonObject(value) && value[path[0] ?? ''] === undefined) continue;
    const found = valueAt(value, path);
    const result = found === undefined || found === null ? null : read(found);
    if (result !== null) return result;
  }
  return null;
}

/** Paths as lists of their steps, to be split once. */
export const pathsOf = (paths: readonly string[]): readonly (readonly string[])[] =>
  paths.map((path) => path.split('.'));
