/** Options that commands share, with one wording each. Pure: what they read is handed over. */
import type { Command } from 'commander';
import { readChoice, readDuration, readTime, readWholeNumber, type OptionPlace } from './values.js';
import type { OutputFlags } from '../terminal/output.js';

/** Names of the configuration; without one, its default. */
export interface PlaceFlags extends OutputFlags {
  readonly source?: string;
  readonly target?: string;
}

/** Bounds of a run, epoch milliseconds; undefined where the user set none. */
export interface TimeRange {
  /** Inclusive. */
  readonly from?: number;
  /** Exclusive. */
  readonly to?: number;
}

export const experimentOption = ['-e, --experiment <id or name>', 'MLflow experiment, by id or exact name'] as const;
export const sourceOption = ['--source <name>', 'MLflow server of the configuration'] as const;
export const targetOption = [
  '--target <name>',
  'place of the tables, as configured (default: the default target)',
] as const;

/** Forms of a time, for help texts. */
export const timeHelp = 'a date, an ISO time (UTC where it names no zone), or a time ago such as 30d or 12h';

/** Adds the option that makes the output a JSON document. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print the result as one JSON document on stdout and nothing else');
}

/** Adds examples at the end of the help text. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ ${example}`).join('\n');
  return command.addHelpText('after', `\nExample${examples.length === 1 ? '' : 's'}:\n${lines}`);
}

type Reader<Value> = (text: string) => Value;

/** Reads a time as epoch milliseconds. The reader throws InvalidOption, as all of them. */
export function timeOf(nowMs: () => number, place: OptionPlace): Reader<number> {
  return (text) => readTime(text, nowMs(), place);
}

/** Reads a length of time as milliseconds. */
export function durationOf(place: OptionPlace): Reader<number> {
  return (text) => readDuration(text, place);
}

export function wholeNumberOf(place: OptionPlace, min: number, max: number): Reader<number> {
  return (text) => readWholeNumber(text, place, min, max);
}

export function choiceOf<Choice extends string>(place: OptionPlace, choices: readonly Choice[]): Reader<Choice> {
  return (text) => readChoice(text, place, choices);
}
