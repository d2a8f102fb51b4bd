import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { isErrorCode } from '../../src/errors/index.js';
import { wholeProgram } from '../cli/command-line.js';
import { root, sourceFiles } from '../imports.js';
import { rooms } from '../rooms.js';
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

it('every error that docs/troubleshooting.md tells about is in the catalogue', () => {
  const codes = inlineCode(readDocument('docs/troubleshooting.md')).filter((code) => /^([A-Z][a-z]+){2,}$/.test(code));
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((code) => !isErrorCode(code))).toEqual([]);
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

describe('docs/architecture.md', () => {
  const text = readDocument('docs/architecture.md');

  it('docs/architecture.md has every room of the architecture test', () => {
    expect(Object.keys(rooms).filter((name) => !inlineCode(text).includes(name))).toEqual([]);
  });

  it('every function that docs/architecture.md names is in the file that it names before it', () => {
    const named = functionsOf(text);
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter(({ file, name }) => !declares(file, name))).toEqual([]);
  });

  it('every type that the journey of docs/architecture.md names exists', () => {
    const sources = sourceFiles('src')
      .map((file) => readDocument(file))
      .join('\n');
    const types = inlineCode(sectionOf(text, 'The journey of one trace')).filter((code) => /^[A-Z]\w*$/.test(code));
    expect(types.length).toBeGreaterThan(30);
    const isDeclared = (type: string): boolean => new RegExp(`(interface|type|class) ${type}\\b`).test(sources);
    expect(types.filter((type) => !isDeclared(type))).toEqual([]);
  });

  it('every type in a row of the journey of docs/architecture.md occurs in a file that the row names', () => {
    const rows = sectionOf(text, 'The journey of one trace').split(/\n(?=\|)/);
    const strangers = rows.flatMap((row) => {
      const code = inlineCode(row);
      const named = code.filter((one) => /^src\/.*\.ts$/.test(one)).map((file) => readDocument(file));
      const types = named.length === 0 ? [] : code.filter((one) => /^[A-Z]\w*$/.test(one));
      return types.filter((type) => !named.some((source) => new RegExp(`\\b${type}\\b`).test(source)));
    });
    expect(strangers).toEqual([]);
  });

  it('the steps in the picture of the README are folders of src/copy', () => {
    const steps = [...readDocument('README.md').matchAll(/<b>(\w+)<\/b>/g)].map(([, step]) => step!);
    expect(steps).toEqual(['prepare', 'list', 'process', 'commit', 'verify', 'record', 'monitor']);
    expect(steps.filter((step) => !existsSync(join(root, 'src/copy', step)))).toEqual([]);
  });
});

/** The part of a document below one heading of the second level. */
function sectionOf(text: string, title: string): string {
  return text.split(/^## /m).find((section) => section.startsWith(`${title}\n`)) ?? '';
}

/** Every `name()` with the `src/…` file that stands last before it in its line or paragraph. */
function functionsOf(text: string): { file: string; name: string }[] {
  return proseOf(text)
    .split(/\n\n|\n(?=\|)/)
    .flatMap((part) => {
      let file = '';
      return inlineCode(part).flatMap((code) => {
        if (/^src\/.*\.ts$/.test(code)) file = code;
        const name = /^(?:\w+\.)?(\w+)\(\)$/.exec(code)?.[1];
        return name === undefined ? [] : [{ file, name }];
      });
    });
}

function declares(file: string, name: string): boolean {
  if (file === '') return false;
  const member = `^  (?:async )?\\*?${name}\\(`;
  return new RegExp(`\\b(?:function\\*?|const|class) ${name}\\b|${member}`, 'm').test(readDocument(file));
}
