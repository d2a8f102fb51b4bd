/**
 * The rooms of docs/architecture.md and who may import whom, checked on the sources themselves. Imports of types count
 * like all others: a type is owned by the inner room.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, packageOf, root, sourceFiles, type Import } from './imports.js';
import { rooms } from './rooms.js';

const files = sourceFiles('src');
const imports = files.flatMap(importsOf);

/** Suites about several rooms at once, and what tests share. */
const crossingSuites = new Set(
  `truth contract e2e faults crash compat spark replay docs packaging scripts servers fakes fixtures`.split(' '),
);

/** Name of the room that a file below src belongs to, or null. */
function roomOf(file: string): string | null {
  const path = file.slice('src/'.length);
  return Object.entries(rooms).find(([, room]) => room.files.test(path))?.[0] ?? null;
}

function isAllowed(found: Import, name: string): boolean {
  const { uses, packages = [] } = rooms[name]!;
  const packageName = packageOf(found.specifier);
  if (packageName !== null) {
    return packages.includes(packageName) || (packageName.startsWith('node:') && packages.includes('node:*'));
  }
  const target = roomOf(found.target ?? '');
  return target !== null && [name, ...uses].includes(target);
}

describe('the architecture', () => {
  it('the architecture gives every source file a room, so that no new folder escapes it', () => {
    expect(files.filter((file) => roomOf(file) === null)).toEqual([]);
  });

  it('every folder of tests is one of src, or that of a suite which cuts across rooms', () => {
    const folders = new Set(sourceFiles('test').map((file) => dirname(file).slice('test/'.length)));
    const strange = [...folders].filter(
      (folder) => !crossingSuites.has(folder.split('/')[0] ?? '') && !existsSync(join(root, 'src', folder)),
    );
    expect(strange).toEqual([]);
  });

  it('the architecture has no room without files', () => {
    expect(Object.keys(rooms).filter((name) => !files.some((file) => roomOf(file) === name))).toEqual([]);
  });

  it('the architecture lets every room import only what it may', () => {
    const violations = imports.filter((found) => {
      const room = roomOf(found.file);
      return room !== null && !isAllowed(found, room);
    });
    expect(
      violations.map(({ file, specifier, typeOnly }) => `${file} -> ${specifier}${typeOnly ? ' (type)' : ''}`),
    ).toEqual([]);
  });

  it('rooms use only rooms that stand before them, so that there is no circle of rooms', () => {
    const names = Object.keys(rooms);
    const upward = Object.entries(rooms).flatMap(([name, { uses }]) =>
      uses.filter((used) => names.indexOf(used) >= names.indexOf(name)).map((used) => `${name} -> ${used}`),
    );
    expect(upward).toEqual([]);
  });

  it('rooms are permitted nothing that they do not use', () => {
    const unused = Object.entries(rooms).flatMap(([name, { uses, packages = [] }]) => {
      const own = imports.filter(({ file }) => roomOf(file) === name);
      const used = new Set(own.map(({ target }) => (target === null ? null : roomOf(target))));
      const imported = own.map(({ specifier }) => packageOf(specifier));
      const isImported = (permitted: string): boolean =>
        imported.some((one) => one === permitted || (permitted === 'node:*' && one?.startsWith('node:') === true));
      return [...uses.filter((one) => !used.has(one)), ...packages.filter((one) => !isImported(one))].map(
        (one) => `${name}: ${one}`,
      );
    });
    expect(unused).toEqual([]);
  });

  it('the architecture has no circle of imports between files', () => {
    expect(circles()).toEqual([]);
  });

  it('every import in src names a file that exists', () => {
    const broken = imports.filter(({ target }) => target !== null && !existsSync(join(root, target)));
    expect(broken.map(({ file, specifier }) => `${file} -> ${specifier}`)).toEqual([]);
  });

  it('the architecture reads the environment of the process at the entry points only', () => {
    const readers = files.filter((file) => /process\.env\b/.test(codeOf(file)));
    expect(readers.filter((file) => !file.startsWith('src/cli/'))).toEqual([]);
  });

  it('the architecture has no SQL text outside the warehouse adapters, but for the examples that the command line shows', () => {
    const statement =
      /['"`]\s*(SELECT\s[^]*\sFROM\s|INSERT INTO\s|MERGE INTO\s|CREATE (OR REPLACE )?(TABLE|VIEW)\s|DELETE FROM\s|UPDATE \S+ SET\s)/;
    const withSql = files.filter((file) => statement.test(codeOf(file)));
    const allowed = /^src\/targets\/(sql|duckdb|databricks|local-staging)\/|^src\/cli\/commands\//;
    expect(withSql.filter((file) => !allowed.test(file))).toEqual([]);
  });

  it('the architecture has no file whose name says nothing', () => {
    const everywhere = ['src', 'test', 'bench'].flatMap(sourceFiles);
    expect(everywhere.filter((file) => /^(utils?|helpers?|common|misc|shared)\b/i.test(basename(file)))).toEqual([]);
  });
});

/** The text of a file without its comments. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '');
}

/** Each circle of imports once, as `a -> b -> a`. */
function circles(): string[] {
  const next = new Map<string, string[]>();
  for (const { file, target } of imports) {
    if (target !== null) next.set(file, [...(next.get(file) ?? []), target]);
  }
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start !== -1) found.push([...path.slice(start), file].join(' -> '));
    if (start !== -1 || done.has(file)) return;
    for (const target of next.get(file) ?? []) walk(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  return found;
}
