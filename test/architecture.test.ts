/** The layers of docs/architecture.md and who may import whom, checked on the sources themselves. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, packageOf, root, sourceFiles, type Import } from './imports.js';

interface Layer {
  /** Layers that it may import from, beside itself. */
  readonly uses: readonly string[];
  /** Layers of which it may import types only. */
  readonly types?: readonly string[];
  /** Packages and builtins that it may import; `node:*` stands for every builtin. */
  readonly packages: readonly string[];
  /** Packages of which it may import types only. */
  readonly packageTypes?: readonly string[];
}

const node = ['node:*'];
const everyAdapter = ['http', 'mlflow', 'databricks', 'duckdb', 'staging', 'receipts'].map(
  (name) => `adapters/${name}`,
);

/** The longest name that fits a path below src is its layer. */
const layers: Readonly<Record<string, Layer>> = {
  domain: { uses: [], packages: ['node:crypto'] },
  // Workflows load these; the sandbox has no builtins.
  'domain/window': { uses: ['domain'], packages: [] },
  'domain/errors.ts': { uses: ['domain/errors'], packages: [] },
  'domain/errors': { uses: [], packages: [] },
  ports: { uses: ['domain'], packages: [] },
  'adapters/http': { uses: ['domain', 'ports'], packages: ['axios', 'p-limit', ...node] },
  'adapters/mlflow': {
    uses: ['domain', 'ports', 'adapters/http'],
    packages: ['p-limit', 'p-throttle', 'lossless-json', ...node],
  },
  'adapters/databricks': {
    uses: ['domain', 'ports', 'adapters/http', 'adapters/sql'],
    packages: ['@databricks/sql', 'p-limit', ...node],
  },
  // SQL text that both warehouses share; it sends nothing itself.
  'adapters/sql': { uses: ['domain', 'ports'], packages: [] },
  'adapters/receipts': { uses: ['domain', 'ports'], packages: node },
  'adapters/duckdb': { uses: ['domain', 'ports', 'adapters/sql'], packages: ['@duckdb/node-api', ...node] },
  // Parquet is written by DuckDB.
  'adapters/staging': { uses: ['domain', 'ports'], packages: ['@duckdb/node-api', 'p-limit', ...node] },
  tokenizer: { uses: ['domain'], packages: ['js-tiktoken', ...node] },
  prices: { uses: ['domain'], packages: node },
  // What copy and reconciliation share.
  listing: { uses: ['domain', 'ports'], packages: ['node:crypto'] },
  reconcile: { uses: ['domain', 'ports', 'listing'], packages: [] },
  activities: {
    uses: ['domain', 'ports', 'listing', 'tokenizer', 'prices'],
    packages: ['@temporalio/activity', '@temporalio/client', '@temporalio/common', 'node:crypto'],
    packageTypes: ['@temporalio/worker'],
  },
  workflows: {
    uses: ['domain'],
    types: ['activities', 'ports'],
    packages: ['@temporalio/workflow', '@temporalio/common', 'zod'],
  },
  config: { uses: ['domain', 'ports'], packages: ['zod', 'yaml', 'env-paths', ...node] },
  telemetry: { uses: ['domain', 'ports', 'config'], packages: ['pino', 'pino-pretty', '@temporalio/worker', ...node] },
  version: { uses: [], packages: node },
  wiring: {
    uses: ['domain', 'ports', 'activities', 'tokenizer', 'prices', 'config', 'telemetry', 'version', ...everyAdapter],
    packages: node,
  },
  worker: {
    uses: ['domain', 'ports', 'activities', 'config', 'wiring', 'telemetry', 'version'],
    packages: ['@temporalio/worker', '@temporalio/envconfig', ...node],
  },
  embedded: {
    uses: ['domain', 'ports'],
    packages: ['@temporalio/client', '@temporalio/testing', ...node],
  },
  report: { uses: ['domain', 'ports'], packages: node },
  // Names and shapes of inputs, queries, signals and updates: what every caller of a workflow shares with it.
  'workflows/contract.ts': { uses: ['domain'], types: ['ports'], packages: ['@temporalio/workflow'] },
  cli: {
    uses: [
      'workflows/contract.ts',
      'domain',
      'ports',
      'config',
      'telemetry',
      'version',
      'wiring',
      'worker',
      'embedded',
      'report',
      'reconcile',
      'cli/views',
    ],
    types: ['activities', 'workflows'],
    packages: [
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/envconfig',
      'commander',
      'yaml',
      'zod',
      ...node,
    ],
  },
  // Views print what commands loaded, and load nothing themselves.
  'cli/views': {
    uses: ['domain', 'report'],
    types: ['cli', 'config', 'ports', 'workflows', 'reconcile'],
    packages: ['cli-progress', 'cli-table3', 'picocolors', 'yaml'],
  },
};

const files = sourceFiles('src');
const imports = files.flatMap(importsOf);

/** Name of the layer that a file below src belongs to, or null. */
function layerOf(file: string): string | null {
  const path = file.slice('src/'.length);
  const fitting = Object.keys(layers).filter(
    (name) => path === name || path === `${name}.ts` || path.startsWith(`${name}/`),
  );
  return fitting.sort((one, other) => other.length - one.length)[0] ?? null;
}

/** Whether a layer name covers another: `domain` covers `domain/window`. */
function covers(name: string, layer: string): boolean {
  return layer === name || layer.startsWith(`${name}/`);
}

function isAllowed(found: Import, layer: string): boolean {
  const { uses, types = [], packages, packageTypes = [] } = layers[layer]!;
  const packageName = packageOf(found.specifier);
  if (packageName !== null) {
    const allowed = found.typeOnly ? [...packages, ...packageTypes] : packages;
    return allowed.includes(packageName) || (packageName.startsWith('node:') && allowed.includes('node:*'));
  }
  const target = layerOf(found.target ?? '');
  if (target === null) return false;
  // `cli` is not allowed to be reached through the name of a layer below it.
  const allowed = [layer, ...uses, ...(found.typeOnly ? types : [])];
  return allowed.some((name) => covers(name, target));
}

describe('the architecture', () => {
  it('gives every source file a layer', () => {
    expect(files.filter((file) => layerOf(file) === null)).toEqual([]);
  });

  it('lets every layer import only what it may', () => {
    const violations = imports.filter((found) => {
      const layer = layerOf(found.file);
      return layer !== null && !isAllowed(found, layer);
    });
    expect(
      violations.map(({ file, specifier, typeOnly }) => `${file} -> ${specifier}${typeOnly ? ' (type)' : ''}`),
    ).toEqual([]);
  });

  it('has no circle of imports between files', () => {
    expect(circles()).toEqual([]);
  });

  it('imports only files that exist', () => {
    const broken = imports.filter(({ target }) => target !== null && !existsSync(join(root, target)));
    expect(broken.map(({ file, specifier }) => `${file} -> ${specifier}`)).toEqual([]);
  });

  it('reads the environment of the process at the entry points only', () => {
    const readers = files.filter((file) => /process\.env\b/.test(codeOf(file)));
    expect(readers.filter((file) => !file.startsWith('src/cli/'))).toEqual([]);
  });

  it('has no SQL text outside the warehouse adapters, but for the examples that the command line shows', () => {
    const statement =
      /['"`]\s*(SELECT\s[^]*\sFROM\s|INSERT INTO\s|MERGE INTO\s|CREATE (OR REPLACE )?(TABLE|VIEW)\s|DELETE FROM\s|UPDATE \S+ SET\s)/;
    const withSql = files.filter((file) => statement.test(codeOf(file)));
    const allowed = /^src\/adapters\/(sql|duckdb|databricks|staging)\/|^src\/cli\/(program|views)\//;
    expect(withSql.filter((file) => !allowed.test(file))).toEqual([]);
  });

  it('has no file whose name says nothing', () => {
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

/** Each circle of run-time imports once, as `a -> b -> a`. */
function circles(): string[] {
  const next = new Map<string, string[]>();
  for (const { file, target, typeOnly } of imports) {
    if (target !== null && !typeOnly) next.set(file, [...(next.get(file) ?? []), target]);
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

  it('are pinned to exact versions', () => {
    expect(Object.entries(declared).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('of the sources are declared, and not as tools of development', () => {
    const used = imports.map(({ specifier }) => packageOf(specifier)).filter((name) => name !== null);
    const packages = [...new Set(used)].filter((name) => !name.startsWith('node:'));
    expect(packages.filter((name) => manifest.dependencies?.[name] === undefined)).toEqual([]);
  });

  it('have one version of the Temporal SDK', () => {
    const versions = Object.entries(lock.packages)
      .filter(([path]) => path.includes('node_modules/@temporalio/'))
      .map(([, { version }]) => version);
    expect([...new Set(versions)]).toHaveLength(1);
  });

  it('have one copy of protobufjs for all packages of the Temporal SDK, or histories do not replay', () => {
    const scope = join(root, 'node_modules', '@temporalio');
    const nested = readdirSync(scope).filter((name) => existsSync(join(scope, name, 'node_modules', 'protobufjs')));
    expect(nested).toEqual([]);
    expect(manifestOf('node_modules/protobufjs').version).toMatch(/^8\./);
  });

  it('are locked for every platform, or `npm ci` refuses the lock (see scripts/complete-lock.mjs)', () => {
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

  it('are locked without the name of a registry', () => {
    expect(Object.values(lock.packages).filter(({ resolved }) => resolved?.startsWith('http') === true)).toEqual([]);
  });
});
