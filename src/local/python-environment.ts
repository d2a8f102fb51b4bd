/**
 * Makes Python environments in the cache, by `uv` (seconds instead of minutes). Imports Node and its neighbours.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock, type Environment, type ProgramSearch } from './program-search.js';
import { onPath, runCommand } from './run-command.js';

/** An environment that is complete: its stamp was written last. */
export interface PythonEnvironment {
  readonly folder: string;
  /** The interpreter of the environment. */
  readonly python: string;
}

/** One pinned package in an environment of its own. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** A pip constraints file, or constraints like `sqlalchemy<2.1`, for what it depends on. */
  readonly constraints: { readonly file: string } | { readonly requirements: readonly string[] };
}

const stampName = 'tracelift-complete.json';
const lookTimeoutMs = 30_000;
const makeTimeoutMs = 1_200_000;
/** MLflow's oldest Python, and one below the first that has no wheels for the pinned versions' dependencies. */
const pythonRange = '>=3.10,<3.14';

/**
 * The environment of a package, made when it is not there or was left half-made.
 *
 * @returns the environment, or a text that says what was tried and why it did not work
 */
export async function ensurePythonEnvironment(
  pinned: PinnedPackage,
  search: ProgramSearch,
): Promise<PythonEnvironment | string> {
  const folder = join(search.cacheDir, pinned.name, pinned.version);
  const environment = { folder, python: join(folder, 'bin', 'python') };
  if (isComplete(environment, pinned)) return environment;
  return await withFileLock(join(search.cacheDir, pinned.name, `${pinned.version}.lock`), search.log, async () => {
    if (isComplete(environment, pinned)) return environment;
    rmSync(folder, { recursive: true, force: true });
    const problem = await make(environment, pinned, search);
    if (problem === null) return environment;
    rmSync(folder, { recursive: true, force: true });
    return problem;
  });
}

/** The interpreter is looked at too: an environment breaks when the Python below it is removed. */
function isComplete({ folder, python }: PythonEnvironment, pinned: PinnedPackage): boolean {
  const stamp = join(folder, stampName);
  if (!existsSync(stamp) || !existsSync(python)) return false;
  return readFileSync(stamp, 'utf8') === stampOf(pinned);
}

/** Other constraints make another environment. */
function stampOf({ name, version, constraints }: PinnedPackage): string {
  const pins = 'file' in constraints ? readFileSync(constraints.file, 'utf8') : constraints.requirements.join('\n');
  return JSON.stringify({ package: name, version, constraints: createHash('sha256').update(pins).digest('hex') });
}

/** How to call uv: the command and the arguments before uv's own. */
export type Uv = readonly [command: string, ...first: string[]];

async function make(
  { folder, python }: PythonEnvironment,
  pinned: PinnedPackage,
  search: ProgramSearch,
): Promise<string | null> {
  const uv = await findUv(search);
  if (typeof uv === 'string') return uv;
  const what = `${pinned.name} ${pinned.version}`;
  search.log.info(`Installing ${what} into the cache, once`, { folder });
  const run = (args: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand(uv[0], [...uv.slice(1), ...args], {
      env: search.env,
      timeoutMs: makeTimeoutMs,
      progress: { log: search.log, what: `Installing ${what}` },
    });
  const venv = await run(['venv', '--quiet', '--no-project', '--python', pythonRange, folder]);
  if (!venv.ok) return `a Python ${pythonRange} environment by ${uv.join(' ')} (${venv.problem})`;
  const install = ['pip', 'install', '--quiet', '--compile-bytecode', '--python', python];
  const { ok, problem } = await run([...install, ...requirementsOf(pinned)]);
  if (!ok) return `${pinned.name}==${pinned.version} from PyPI by ${uv.join(' ')} (${problem})`;
  writeFileSync(join(folder, stampName), stampOf(pinned));
  return null;
}

function requirementsOf({ name, version, constraints }: PinnedPackage): string[] {
  const itself = `${name}==${version}`;
  return 'file' in constraints ? ['--constraint', constraints.file, itself] : [...constraints.requirements, itself];
}

/**
 * `uv` of the PATH, of the cache or of a Python; else it is installed into the cache.
 *
 * @returns how to call it, or a text that says what was tried and why it did not work
 */
export async function findUv(search: ProgramSearch): Promise<Uv | string> {
  const { env, cacheDir } = search;
  const privateUv = join(cacheDir, 'uv', 'bin', 'uv');
  const direct = [onPath('uv', env), existsSync(privateUv) ? privateUv : null].filter((path) => path !== null);
  for (const path of direct) if (await works([path], env)) return [path];
  const pythons = await usablePythons(env);
  for (const python of pythons) if (await works([python, '-m', 'uv'], env)) return [python, '-m', 'uv'];
  const [python] = pythons;
  if (python === undefined) return 'no `uv` on the PATH and no Python 3.10 or newer to install it with';
  return await installUv(python, privateUv, search);
}

async function works([command, ...first]: Uv, env: Environment): Promise<boolean> {
  return (await runCommand(command, [...first, '--version'], { env, timeoutMs: lookTimeoutMs })).ok;
}

/** Interpreters on the PATH that are new enough, best known first. */
async function usablePythons(env: Environment): Promise<string[]> {
  const names = ['python3.12', 'python3.11', 'python3.13', 'python3.10', 'python3', 'python'];
  const paths = names.flatMap((name) => onPath(name, env) ?? []);
  const question = 'import sys; sys.exit(sys.version_info < (3, 10))';
  const answers = await Promise.all(
    paths.map((path) => runCommand(path, ['-c', question], { env, timeoutMs: lookTimeoutMs })),
  );
  return paths.filter((_, index) => answers[index]?.ok === true);
}

/** An environment of its own for uv; `pip --target` where the system's Python comes without `venv` (Debian). */
async function installUv(
  python: string,
  privateUv: string,
  { env, cacheDir, log }: ProgramSearch,
): Promise<Uv | string> {
  const folder = join(cacheDir, 'uv');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cacheDir, { recursive: true });
  log.info('Installing uv into the cache, once', { folder });
  const options = { env, timeoutMs: makeTimeoutMs };
  const venv = await runCommand(python, ['-m', 'venv', folder], options);
  const install = venv.ok
    ? await runCommand(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', 'uv'], options)
    : await runCommand(python, ['-m', 'pip', 'install', '--quiet', '--target', folder, 'uv'], options);
  if (install.ok && (await works([privateUv], env))) return [privateUv];
  rmSync(folder, { recursive: true, force: true });
  return `uv by ${python} -m venv and pip (${venv.problem === '' ? install.problem : `${venv.problem}; ${install.problem}`})`;
}
