/** What the package depends on: exact versions, one Temporal SDK, a lock for every platform. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, packageOf, root, sourceFiles } from './imports.js';

const imports = sourceFiles('src').flatMap(importsOf);

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
}

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string;
        readonly resolved?: string;
        readonly optionalDependencies?: Readonly<Record<string, string>>;
      }
    >
  >;
}

describe('the dependencies', () => {
  const manifest = manifestOf('.');
  const declared = { ...manifest.dependencies, ...manifest.devDependencies };
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;

  it('the dependencies are pinned to exact versions', () => {
    expect(Object.entries(declared).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('the packages that the sources import are declared, and not as tools of development', () => {
    const used = imports.map(({ specifier }) => packageOf(specifier)).filter((name) => name !== null);
    const packages = [...new Set(used)].filter((name) => !name.startsWith('node:'));
    expect(packages.filter((name) => manifest.dependencies?.[name] === undefined)).toEqual([]);
  });

  it('the dependencies have one version of the Temporal SDK', () => {
    const versions = Object.entries(lock.packages)
      .filter(([path]) => path.includes('node_modules/@temporalio/'))
      .map(([, { version }]) => version);
    expect([...new Set(versions)]).toHaveLength(1);
  });

  it('the dependencies have one copy of protobufjs for all packages of the Temporal SDK, or histories do not replay', () => {
    const scope = join(root, 'node_modules', '@temporalio');
    const nested = readdirSync(scope).filter((name) => existsSync(join(scope, name, 'node_modules', 'protobufjs')));
    expect(nested).toEqual([]);
    expect(manifestOf('node_modules/protobufjs').version).toMatch(/^8\./);
  });

  it('the dependencies are locked for every platform, or `npm ci` refuses the lock (see scripts/complete-lock.mjs)', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.entries(optionalDependencies).filter(
        ([name, version]) =>
          /^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version) &&
          lock.packages[`${path}/node_modules/${name}`] === undefined &&
          lock.packages[`node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });

  it('the dependencies are locked without the name of a registry', () => {
    expect(Object.values(lock.packages).filter(({ resolved }) => resolved?.startsWith('http') === true)).toEqual([]);
  });
});
