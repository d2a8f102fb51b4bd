/** The shape of every command: `options` adds it to the program, `load` makes its model, `view` makes text of it. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, sourceFiles } from '../../imports.js';
import { reachOf } from '../../reach.js';

const files = sourceFiles('src/cli/commands');
/** Where the three functions of a command are: in one file, or in three of one folder. */
const commands = files
  .filter((file) => basename(file) !== 'index.ts' && reachOf(file, 'options') !== null)
  .map((file) => {
    const isFolder = basename(file) === 'options.ts';
    const place = (part: string): string => (isFolder ? join(dirname(file), `${part}.ts`) : file);
    return { name: isFolder ? dirname(file) : file, options: file, load: place('load'), view: place('view') };
  });

describe('every command', () => {
  it('the folder of commands has more than 20 of them', () => {
    expect(commands.length).toBeGreaterThan(20);
  });

  it.each(commands)('$name adds one command, so that each has a file of its own', ({ options }) => {
    const text = readFileSync(join(root, options), 'utf8');
    expect(text.match(/\.command\(/g)).toHaveLength(1);
  });

  it.each(commands)('$name has a function that loads and one that makes text of what was loaded', (command) => {
    for (const [file, name] of [
      [command.load, 'load'],
      [command.view, 'view'],
    ] as const) {
      expect(existsSync(join(root, file)), file).toBe(true);
      expect(reachOf(file, name), `${name} of ${file}`).not.toBeNull();
    }
  });
});

/** What prints: the terminal, the streams of the process. */
const printing = /\/terminal\/|^commander$|^cli-|^picocolors$/;
const printingNames = ['stdout', 'stderr', 'console', 'print', 'paint'];
/** What loads: sessions, servers, files, clients, settings. */
const loading =
  /\/(session|copying|loaders|server|open)\.js$|\/temporal\/|\/(local|wiring|sources|targets|config|telemetry)\/|^node:|^@temporalio/;
const loadingNames = ['session', 'fetch', 'process'];

describe('what loads never prints', () => {
  it.each(commands)('what loads the model of `$name` prints nothing', ({ load }) => {
    const reach = reachOf(load, 'load');
    expect(reach?.imports.filter((specifier) => printing.test(specifier))).toEqual([]);
    expect(printingNames.filter((name) => reach?.names.has(name))).toEqual([]);
  });

  it('neither do the parts that commands share', () => {
    const shared = sourceFiles('src/cli').filter((file) => /^src\/cli\/(copying|temporal\/[\w-]+)\.ts$/.test(file));
    const exported = shared.flatMap((file) =>
      [
        'backfill',
        'sync',
        'openTemporal',
        'findRunningTemporal',
        'watchRun',
        'startRun',
        'runToEnd',
        'ensureWorker',
      ].flatMap((name) => reachOf(file, name) ?? []),
    );
    expect(exported.length).toBeGreaterThan(6);
    for (const reach of exported) {
      expect(reach.imports.filter((specifier) => printing.test(specifier))).toEqual([]);
      expect(printingNames.filter((name) => reach.names.has(name))).toEqual([]);
    }
  });
});

describe('what prints never loads', () => {
  it.each(commands)('$name', ({ view }) => {
    const reach = reachOf(view, 'view');
    expect(reach?.imports.filter((specifier) => loading.test(specifier))).toEqual([]);
    expect(loadingNames.filter((name) => reach?.names.has(name))).toEqual([]);
  });
});
