/** Options that set one setting of a run. Their help, limits and examples come from the table of settings. Pure. */
import { runSettings, syncSettings } from '../../copy/run-settings.js';
import type { NumberSetting } from '../../copy/run-settings.js';
import { TraceliftError } from '../../errors/index.js';
import { readDuration, readWholeNumber, type OptionPlace } from './values.js';

const settings = { ...runSettings, ...syncSettings };

type CountName = 'concurrency' | 'windowTraces';
type DurationName = 'lookbackMs';

/** What `--help` says: `batches … (1 to 64; default: 8, or TRACELIFT_CONCURRENCY)`. */
export function settingHelp(name: CountName | DurationName): string {
  const { meaning, min, max, default: value, unit, env }: NumberSetting & { readonly default: number } = settings[name];
  const text = meaning.slice(0, 1).toLowerCase() + meaning.slice(1).replace(/\.$/, '');
  const limits = unit === 'milliseconds' ? '' : `${String(min)} to ${String(max)}; `;
  const standard = unit === 'milliseconds' ? durationForm(value) : String(value);
  return `${text} (${limits}default: ${standard}, or ${env})`;
}

/** Reads a whole number within the limits of its setting. The reader throws InvalidOption. */
export function countSettingOf(place: OptionPlace, name: CountName): (text: string) => number {
  const { min, max, example } = settings[name];
  return (text) => readWholeNumber(text, place, min, max, example);
}

/** Reads a length of time within the limits of its setting as milliseconds. The reader throws InvalidOption. */
export function durationSettingOf(place: OptionPlace, name: DurationName): (text: string) => number {
  return (text) => checkedDuration(readDuration(text, place), text, place, name);
}

function checkedDuration(value: number, text: string, place: OptionPlace, name: DurationName): number {
  const { max, example } = settings[name];
  if (value <= max) return value;
  throw new TraceliftError('InvalidOption', {
    option: place.option,
    problem: `"${text}" is longer than ${durationForm(max)}`,
    example: `${place.option} ${durationForm(example)}`,
    command: place.command,
  });
}

/** In the largest unit that leaves a whole number, as options take it: `2h`, `36525d`. */
function durationForm(ms: number): string {
  const units = [['d', 86_400_000] as const, ['h', 3_600_000] as const, ['m', 60_000] as const];
  const [unit, unitMs] = units.find(([, one]) => ms % one === 0) ?? (['s', 1000] as const);
  return `${String(ms / unitMs)}${unit}`;
}
