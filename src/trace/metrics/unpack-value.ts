/**
 * The single values inside an assessment's value: itself, where it is one; the leaves of an object, of a list of named
 * values, or of either as JSON in a text. Each is typed alone, so that no strange leaf can touch another. Pure.
 */
import { readJson } from '../../json/decode-json.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.js';
import { typeAssessmentValue, type TypedValue } from './assessment-value.js';

/** Levels of objects and lists that are unpacked. */
export const maxLevels = 4;
/** Values of one assessment that become metrics. */
export const maxLeaves = 64;
/** A longer text is not searched for JSON. Characters. */
const maxJsonText = 1_000_000;
/** Paths left out that are named. */
const maxNamed = 10;

/** Members that hold the value of what they stand in: they add nothing to its name. The first one present counts. */
const valueKeys = ['score', 'value', 'result'] as const;
/** Members that name an element of a list. */
const nameKeys = ['name', 'metric_name', 'key'] as const;
/** Members that hold somebody's reasons. They stay in the assessments table. */
const reasonKeys: ReadonlySet<string> = new Set([
  'reason',
  'reasons',
  'reasoning',
  'rationale',
  'explanation',
  'justification',
  'comment',
]);

/** One value and where it stands. */
interface Leaf {
  /** Names from the outside to the value; empty for the value of the assessment itself. */
  readonly path: readonly string[];
  readonly value: TypedValue;
}

export interface UnpackedValue {
  /** Numbers, truth values and short words, in an order that does not depend on that of the source's members. */
  readonly leaves: readonly Leaf[];
  /** Values beyond {@link maxLevels} or {@link maxLeaves}. */
  readonly numLeftOut: number;
  /** Paths of the first ten of them, joined by dots. */
  readonly leftOut: readonly string[];
}

/** @param value as the source gave it; never throws, whatever it is */
export function unpackValue(value: JsonValue): UnpackedValue {
  const unpacked = new Unpacking();
  unpacked.visit(nestedIn(value) ?? value, [], 0);
  return unpacked;
}

/** The object or list that a text holds as JSON; null for every other value. */
function nestedIn(value: JsonValue): JsonObject | JsonValue[] | null {
  if (isJsonObject(value) || Array.isArray(value)) return value;
  if (typeof value !== 'string' || value.length > maxJsonText || !/^\s*[[{]/.test(value)) return null;
  const reading = readJson(value);
  if (!reading.ok) return null;
  return isJsonObject(reading.value) || Array.isArray(reading.value) ? reading.value : null;
}

class Unpacking implements UnpackedValue {
  readonly leaves: Leaf[] = [];
  readonly leftOut: string[] = [];
  numLeftOut = 0;
  readonly #taken = new Set<string>();

  /** @param level objects and lists around the value */
  visit(value: JsonValue, path: readonly string[], level: number): void {
    if (Array.isArray(value)) this.#visitList(value, path, level);
    else if (isJsonObject(value)) this.#visitObject(value, path, level);
    else this.#take(value, path);
  }

  #visitObject(object: JsonObject, path: readonly string[], level: number): void {
    if (level === maxLevels) {
      this.#leaveOut(path);
      return;
    }
    const keys = Object.keys(object).sort();
    const own = valueKeys.find((key) => key in object);
    if (own !== undefined) this.#visitMember(object[own], path, level);
    for (const key of keys) {
      if (key !== own && !reasonKeys.has(key.toLowerCase())) this.#visitMember(object[key], [...path, key], level);
    }
  }

  /** Only elements with a name of their own are metrics: a place in a list is no name. */
  #visitList(list: readonly JsonValue[], path: readonly string[], level: number): void {
    const named = list.flatMap((element) => {
      const name = isJsonObject(element) ? nameKeys.map((key) => element[key]).find(isName) : undefined;
      return isJsonObject(element) && name !== undefined ? [{ name, element }] : [];
    });
    if (named.length === 0) return;
    if (level === maxLevels) {
      this.#leaveOut(path);
      return;
    }
    for (const { name, element } of named) {
      const own = valueKeys.find((key) => key in element);
      if (own !== undefined) this.#visitMember(element[own], [...path, name], level);
    }
  }

  #visitMember(value: JsonValue | undefined, path: readonly string[], level: number): void {
    if (value !== undefined) this.visit(value, path, level + 1);
  }

  #take(value: JsonValue, path: readonly string[]): void {
    const typed = typeAssessmentValue(value);
    if (typed.number === null && typed.label === null) return;
    const place = JSON.stringify(path);
    // `{"score": 1, "value": 2}`: the first of the words that name the assessment itself counts.
    if (this.#taken.has(place)) return;
    if (this.leaves.length === maxLeaves) {
      this.#leaveOut(path);
      return;
    }
    this.#taken.add(place);
    this.leaves.push({ path, value: typed });
  }

  #leaveOut(path: readonly string[]): void {
    this.numLeftOut += 1;
    if (this.leftOut.length < maxNamed) this.leftOut.push(path.join('.').toWellFormed());
  }
}

function isName(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
