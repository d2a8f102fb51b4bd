/**
 * What an assessment's value means as number, truth value and text, one value at a time: no strange value can touch
 * another metric of its trace. Pure.
 */
import type { JsonValue } from '../../json/json-value.js';

/** The readings of one value; null where it has none. */
export interface TypedValue {
  /** Finite: numbers, numeric text, 1 and 0 for truth values. */
  readonly number: number | null;
  readonly boolean: boolean | null;
  /** The value itself, where it is text. */
  readonly text: string | null;
  /** Text that can stand as a category in a column: short, one line, and no number. */
  readonly label: string | null;
}

/** Longer text is prose of a judge or a person, which has no place in a table without free text. Characters. */
const maxLabelLength = 64;

const nothing: TypedValue = { number: null, boolean: null, text: null, label: null };

const truthWords: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['no', false],
  ['true', true],
  ['false', false],
  ['pass', true],
  ['fail', false],
]);

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** NaN and infinities, as numbers or spelled out as the raw table does: unknown, neither number nor category. */
const notFinite = /^[+-]?(?:nan|inf|infinity)$/i;

/** Lists and objects have no reading here; they stay in the assessments table as JSON. */
export function typeAssessmentValue(value: JsonValue): TypedValue {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return { ...nothing, number: finiteOrNull(Number(value)) };
    case 'boolean':
      return { ...nothing, number: value ? 1 : 0, boolean: value };
    case 'string':
      return typeText(value);
    default:
      return nothing;
  }
}

function typeText(text: string): TypedValue {
  const word = text.trim().toLowerCase();
  const truth = truthWords.get(word);
  if (truth !== undefined) return { number: truth ? 1 : 0, boolean: truth, text, label: null };
  if (decimal.test(word)) {
    const number = finiteOrNull(Number(word));
    if (number !== null) return { ...nothing, number, text };
  }
  return { ...nothing, text, label: labelOrNull(text) };
}

function labelOrNull(text: string): string | null {
  const label = text.trim();
  if (label === '' || label.length > maxLabelLength || notFinite.test(label) || /[\r\n]/.test(label)) return null;
  return label.toWellFormed();
}

function finiteOrNull(number: number): number | null {
  return Number.isFinite(number) ? number : null;
}
