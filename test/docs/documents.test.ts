import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { wholeProgram } from '../cli/command-line.js';
import { root } from '../imports.js';
import { anchorsOf, documents, inlineCode, localLinks, proseOf, readDocument, traceliftCommands } from './markdown.js';

/** Documents whose texts come from the code; they hold no links of their own. */
const generated = ['docs/configuration.md', 'docs/errors.md', 'docs/tables.md'];
const program = wholeProgram();

describe('the README', () => {
  it('the README has at most 900 words outside of its blocks of code', () => {
    const words = proseOf(readDocument('README.md')).split(/\s+/).filter(Boolean);
    expect(words.length).toBeLessThanOrEqual(900);
  });

  it('the README leads to every page of docs', () => {
    const linked = localLinks('README.md').map(({ path }) => path);
    const pages = documents().filter((name) => /^docs\/[\w-]+\.md$/.test(name));
    const fromElsewhere = pages.flatMap((page) => localLinks(page).map(({ path }) => path));
    const reachable = [...linked, ...fromElsewhere, ...localLinks('CONTRIBUTING.md').map(({ path }) => path)];
    expect(pages.filter((page) => !reachable.includes(page))).toEqual([]);
  });
});

describe.each(documents())('%s', (document) => {
  const text = readDocument(document);

  it(`every link of ${document} leads to a file and a heading that exist`, () => {
    const broken = localLinks(document).filter(({ path, anchor }) => {
      if (!existsSync(join(root, path))) return true;
      return anchor !== null && !anchorsOf(readDocument(path)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it(`every path of this repository that ${document} names exists`, () => {
    const paths = inlineCode(text).filter((code) =>
      /^(src|test|docs|scripts|bench|\.github|\.ci)\/[\w./-]*$/.test(code),
    );
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it(`every tracelift command that ${document} shows exists, with its options`, () => {
    expect(traceliftCommands(text).flatMap(problemOf)).toEqual([]);
  });
});

it('the documents show commands, links and paths at all', () => {
  const written = documents().filter((name) => !generated.includes(name));
  expect(written.flatMap((name) => traceliftCommands(readDocument(name))).length).toBeGreaterThan(50);
  expect(written.flatMap(localLinks).length).toBeGreaterThan(50);
});

it('docs/commands.md shows every command', () => {
  const shown = traceliftCommands(readDocument('docs/commands.md')).map((words) => words.join(' '));
  const existing = program.commands
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => {
      const inner = command.commands.map((one) => `${command.name()} ${one.name()}`);
      return inner.length === 0 ? [command.name()] : inner;
    });
  expect(existing.filter((name) => !shown.includes(name))).toEqual([]);
});

/** What is wrong with a command line, as one text; nothing where it is right. */
function problemOf(words: readonly string[]): string[] {
  const line = `tracelift ${words.join(' ')}`;
  let command: Command = program;
  for (const word of words) {
    const inner: Command | undefined = command.commands.find((one) => one.name() === word);
    if (inner === undefined) break;
    command = inner;
  }
  const isPlaceholder = /^(<|\{|--)/.test(words[0]!);
  if (command === program) return isPlaceholder ? [] : [`${line}: no such command`];
  const isMissingInner = command.commands.length > 0 && words.length > 1 && !words[1]!.startsWith('-');
  if (isMissingInner) return [`${line}: no such command`];
  const known = ['--help', ...command.options.flatMap(({ long, short }) => [long, short])];
  const unknown = words.filter((word) => /^-{1,2}[a-z]/.test(word) && !known.includes(word.replace(/=.*$/, '')));
  return unknown.map((option) => `${line}: no option ${option}`);
}
