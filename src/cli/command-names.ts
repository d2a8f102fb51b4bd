/**
 * Names the unknown command or option of a command line before anything else is said about it: commander itself misses a
 * required option first, and prints help for a command that does not exist. Pure.
 */
import type { Command, Option } from 'commander';
import { nearestName } from '../config/nearest-name.js';

/** The arguments for commander; `help a b` becomes `a b --help`. @throws CommanderError, after it was printed */
export function checkedArguments(program: Command, args: readonly string[]): string[] {
  const asked = args[0] === 'help' ? [...args.slice(1), '--help'] : [...args];
  const end = asked.indexOf('--');
  const named = end < 0 ? asked : asked.slice(0, end);
  const wantsHelp = named.some((one) => one === '--help' || one === '-h');
  let command = program;
  let isValue = false;
  for (const one of named) {
    if (isValue) {
      isValue = false;
    } else if (one.startsWith('-')) {
      isValue = isFollowedByValue(command, one, wantsHelp);
    } else if (command.commands.length > 0) {
      // The command `help` that every group has is commander's own.
      if (one === 'help') break;
      command = commandNamed(command, one);
    }
  }
  return asked;
}

function commandNamed(group: Command, name: string): Command {
  const names = group.commands.map((command) => command.name());
  return group.commands.find((command) => isNamed(command, name)) ?? refuse(group, 'command', name, names);
}

/** With --help an unknown option does not matter. */
function isFollowedByValue(command: Command, text: string, wantsHelp: boolean): boolean {
  const option = optionNamed(command, text);
  if (option !== undefined) return takesNext(option, text);
  if (!wantsHelp && text.startsWith('--')) refuse(command, 'option', text, longNames(command));
  return false;
}

function isNamed(command: Command, name: string): boolean {
  return command.name() === name || command.aliases().includes(name);
}

/** Options of a command; those of the program hold everywhere. */
function optionsOf(command: Command): readonly Option[] {
  return [...command.options, ...(command.parent === null ? [] : optionsOf(command.parent))];
}

function optionNamed(command: Command, text: string): Option | undefined {
  const [name = ''] = text.split('=');
  return optionsOf(command).find((option) =>
    text.startsWith('--') ? option.long === name : option.short === text.slice(0, 2),
  );
}

/** Its value is the next argument. */
function takesNext(option: Option, text: string): boolean {
  return option.required && (text.startsWith('--') ? !text.includes('=') : text.length === 2);
}

function longNames(command: Command): string[] {
  return optionsOf(command).flatMap((option) => option.long ?? []);
}

function refuse(command: Command, kind: 'command' | 'option', text: string, known: readonly string[]): never {
  const [name = ''] = text.split('=');
  const meant = nearestName(name, known);
  const suggestion = meant === null ? '' : `\n(Did you mean ${meant}?)`;
  const code = kind === 'command' ? 'commander.unknownCommand' : 'commander.unknownOption';
  return command.error(`error: unknown ${kind} '${name}'${suggestion}`, { code });
}
