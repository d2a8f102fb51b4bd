/**
 * Finds the Temporal that local commands use: a server that exists, or an executable to start one with; builds or
 * downloads it into the cache where there is none.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TraceliftError } from '../errors/index.js';
import type { Environment, ProgramSearch } from './program-search.js';
import { onPath, runCommand } from './run-command.js';
import { buildWithGo, builtTemporalPath, downloadBySdk, downloadedTemporals } from './temporal-download.js';

/** Where Temporal comes from. `how` is a phrase for people, for example `from TEMPORAL_ADDRESS`. */
export type TemporalProgram =
  | { readonly kind: 'existing'; readonly address: string; readonly namespace: string; readonly how: string }
  | { readonly kind: 'executable'; readonly path: string; readonly how: string };

const remedy =
  'Set TEMPORAL_ADDRESS to a Temporal server that runs, or install the Temporal CLI (https://docs.temporal.io/cli) and put `temporal` on the PATH or its path into TEMPORAL_CLI_PATH, or install Go 1.25 or newer, with which it is built once.';

/** One place to look. A text says why it gave nothing. */
type Step = (search: ProgramSearch) => Promise<TemporalProgram | string>;

const steps: readonly Step[] = [fromPath, fromGoBin, builtBefore, downloaded, builtNow];

/**
 * Looks in this order: `TEMPORAL_ADDRESS`, `TEMPORAL_CLI_PATH`, `temporal` on the PATH, Go's bin folder, the cache,
 * the download of the Temporal SDK, a build with Go.
 *
 * @throws TraceliftError `ProgramNotFound` with everything that was tried
 */
export async function findTemporal(search: ProgramSearch): Promise<TemporalProgram> {
  const { env } = search;
  const address = env['TEMPORAL_ADDRESS'];
  if (isSet(address)) {
    return { kind: 'existing', address, namespace: namespaceOf(env), how: 'from TEMPORAL_ADDRESS' };
  }
  const configured = env['TEMPORAL_CLI_PATH'];
  if (isSet(configured)) return await fromSetting(configured, env);
  const tried: string[] = [];
  for (const step of steps) {
    const outcome = await step(search);
    if (typeof outcome !== 'string') return outcome;
    tried.push(outcome);
  }
  throw new TraceliftError('ProgramNotFound', { program: 'Temporal', tried: tried.join('; '), remedy });
}

/** `TEMPORAL_NAMESPACE`, or `default`. */
function namespaceOf(env: Environment): string {
  return isSet(env['TEMPORAL_NAMESPACE']) ? env['TEMPORAL_NAMESPACE'] : 'default';
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

/** Somebody named this executable: another one in its place would be a surprise. */
async function fromSetting(path: string, env: Environment): Promise<TemporalProgram> {
  const problem = await whyNotTemporal(path, env);
  if (problem === null) return { kind: 'executable', path, how: 'from TEMPORAL_CLI_PATH' };
  throw new TraceliftError('ProgramNotFound', {
    program: 'Temporal',
    tried: `TEMPORAL_CLI_PATH=${path} (${problem})`,
    remedy: 'Correct TEMPORAL_CLI_PATH, or unset it to have Temporal looked for elsewhere.',
  });
}

/** Null when the file runs and says that it is Temporal. */
async function whyNotTemporal(path: string, env: Environment): Promise<string | null> {
  const { ok, output, problem } = await runCommand(path, ['--version'], { env, timeoutMs: 20_000 });
  if (!ok) return problem;
  return /^temporal version/i.test(output) ? null : 'it does not say "temporal version"';
}

async function fromPath({ env }: ProgramSearch): Promise<TemporalProgram | string> {
  const path = onPath('temporal', env);
  if (path === null) return 'no `temporal` on the PATH';
  const problem = await whyNotTemporal(path, env);
  return problem === null ? { kind: 'executable', path, how: 'from the PATH' } : `${path} (${problem})`;
}

async function fromGoBin({ env }: ProgramSearch): Promise<TemporalProgram | string> {
  const go = findGo(env);
  if (go === null) return 'no Go, so no bin folder of Go';
  const { output } = await runCommand(go, ['env', 'GOBIN', 'GOPATH'], { env, timeoutMs: 20_000 });
  const [bin = '', path = ''] = output.split('\n');
  const candidate = join(bin === '' ? join(path, 'bin') : bin, 'temporal');
  if (!existsSync(candidate)) return `no ${candidate}`;
  const problem = await whyNotTemporal(candidate, env);
  return problem === null
    ? { kind: 'executable', path: candidate, how: `from ${candidate}` }
    : `${candidate} (${problem})`;
}

/** Go's installer puts it there without touching the PATH of a shell that is already open. */
const usualGo = '/usr/local/go/bin/go';

function findGo(env: Environment): string | null {
  return onPath('go', env) ?? (existsSync(usualGo) ? usualGo : null);
}

async function builtBefore({ env, cacheDir }: ProgramSearch): Promise<TemporalProgram | string> {
  const path = builtTemporalPath(cacheDir);
  if (!existsSync(path)) return `nothing built before in ${cacheDir}`;
  const problem = await whyNotTemporal(path, env);
  if (problem === null) return { kind: 'executable', path, how: `built before, ${path}` };
  rmSync(path, { force: true });
  return `${path} (${problem}; removed)`;
}

async function downloaded(search: ProgramSearch): Promise<TemporalProgram | string> {
  const before = await usableDownload(search);
  if (before !== null) return before;
  const problem = await downloadBySdk(search);
  if (problem !== null) return `the download of the Temporal SDK (${problem})`;
  return (await usableDownload(search)) ?? 'the download of the Temporal SDK (nothing usable came)';
}

async function usableDownload({ env, cacheDir }: ProgramSearch): Promise<TemporalProgram | null> {
  for (const path of downloadedTemporals(cacheDir)) {
    if ((await whyNotTemporal(path, env)) === null) return { kind: 'executable', path, how: `downloaded, ${path}` };
  }
  return null;
}

async function builtNow(search: ProgramSearch): Promise<TemporalProgram | string> {
  const go = findGo(search.env);
  if (go === null) return 'a build with Go (no `go` on the PATH)';
  const problem = await buildWithGo(go, search);
  if (problem !== null) return `a build with Go (${problem})`;
  const built = await builtBefore(search);
  return typeof built === 'string' ? `a build with Go (${built})` : built;
}
