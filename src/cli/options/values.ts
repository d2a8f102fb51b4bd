/** Reads the values of options, with errors that show a valid one. Pure: the clock is handed over. */
import { TraceliftError } from '../../errors/index.js';

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const relativeForm = /^(\d+(?:\.\d+)?)\s*([smhdw])(?:\s+ago)?$/;
const dateForm = /^\d{4}-\d{2}-\d{2}$/;
const timeForm = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/i;

/** Says which command and option a value belongs to, for the error. */
export interface OptionPlace {
  readonly command: string;
  readonly option: string;
}

function invalid(place: OptionPlace, problem: string, example: string): TraceliftError {
  return new TraceliftError('InvalidOption', {
    option: place.option,
    problem,
    example: `${place.option} ${example}`,
    command: place.command,
  });
}

/**
 * A point in time as epoch milliseconds: `2024-01-01` (midnight UTC), an ISO 8601 time (UTC where it names no zone),
 * `30d` or `12h` (that long before now), or `now`.
 * @throws InvalidOption
 */
export function readTime(text: string, nowMs: number, place: OptionPlace): number {
  const value = text.trim();
  if (value === 'now') return nowMs;
  const relative = relativeForm.exec(value);
  if (relative !== null) return Math.round(nowMs - Number(relative[1]) * (unitMs[relative[2] ?? ''] ?? NaN));
  if (!dateForm.test(value) && !timeForm.test(value)) {
    throw invalid(
      place,
      `"${text}" is no time; use a date, an ISO time, or a time ago such as 30d or 12h`,
      '2024-01-01',
    );
  }
  const iso = dateForm.test(value) ? `${value}T00:00:00Z` : withZone(value.replace(' ', 'T'));
  const ms = Date.parse(iso);
  const dayExists = new Date(`${value.slice(0, 10)}T00:00:00Z`);
  if (
    Number.isNaN(ms) ||
    Number.isNaN(dayExists.getTime()) ||
    dayExists.toISOString().slice(0, 10) !== value.slice(0, 10)
  ) {
    throw invalid(place, `"${text}" does not exist in the calendar`, '2024-01-01');
  }
  return ms;
}

function withZone(text: string): string {
  return /(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`;
}

/** A length of time in milliseconds: `30d`, `12h`, `15m`. @throws InvalidOption */
export function readDuration(text: string, place: OptionPlace): number {
  const match = relativeForm.exec(text.trim());
  if (match === null) throw invalid(place, `"${text}" is no length of time`, '2h');
  return Math.round(Number(match[1]) * (unitMs[match[2] ?? ''] ?? NaN));
}

/** A whole number in a range. @throws InvalidOption */
export function readWholeNumber(
  text: string,
  place: OptionPlace,
  min: number,
  max: number,
  example = Math.min(max, Math.max(min, 100)),
): number {
  const value = Number(text);
  if (!/^\d+$/.test(text.trim()) || value < min || value > max) {
    throw invalid(place, `"${text}" is no whole number from ${min} to ${max}`, String(example));
  }
  return value;
}

/** One of a list of words. @throws InvalidOption */
export function readChoice<T extends string>(text: string, place: OptionPlace, choices: readonly T[]): T {
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  const [example = ''] = choices;
  const quoted = example.includes(' ') ? `"${example}"` : example;
  throw invalid(place, `"${text}" is none of ${choices.join(', ')}`, quoted);
}

/** Refuses bounds in the wrong order. @throws InvalidOption */
export function checkRange(range: { readonly from?: number; readonly to?: number }, command: string): void {
  const { from, to } = range;
  if (from === undefined || to === undefined || from < to) return;
  const bounds = `${new Date(from).toISOString()} is not before ${new Date(to).toISOString()}`;
  throw invalid({ command, option: '--from' }, bounds, '30d --to now');
}
