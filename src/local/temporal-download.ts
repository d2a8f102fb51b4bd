/**
 * Makes a Temporal dev server executable in the cache: by the download of the Temporal SDK, or by a build with Go.
 * Imports Node, its neighbours and the Temporal SDK.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withFileLock, type Environment, type ProgramSearch } from './program-search.js';
import { runCommand } from './run-command.js';

/** The newest version that `go install` can build: later ones carry a `replace` directive (temporalio/cli#907). */
export const builtTemporalVersion = '1.5.1';

/** Where a build with Go ends up. */
export function builtTemporalPath(cacheDir: string): string {
  return join(cacheDir, 'temporal', `temporal-${builtTemporalVersion}`);
}

/** Executables that the SDK downloaded before, newest name last. */
export function downloadedTemporals(cacheDir: string): string[] {
  const folder = downloadFolder(cacheDir);
  if (!existsSync(folder)) return [];
  // The SDK's core names its file temporal-<sdk name>-<sdk version>.
  const names = readdirSync(folder).filter((name) => name.startsWith('temporal-'));
  return names.sort().map((name) => join(folder, name));
}

function downloadFolder(cacheDir: string): string {
  return join(cacheDir, 'temporal', 'sdk-download');
}

/** Where the SDK's core asks for the archive: sdk-core, crates/sdk-core/src/ephemeral_server/mod.rs. */
const downloadHost = 'https://temporal.download/';
const hostTimeoutMs = 5_000;
const downloadTimeoutMs = 300_000;

/**
 * Has the Temporal SDK download its dev server into the cache.
 *
 * @returns null when it did, otherwise why not; within seconds where there is no network
 */
export async function downloadBySdk({ env, cacheDir, log, download: wanted }: ProgramSearch): Promise<string | null> {
  if (wanted === false) return 'not wanted';
  const unreachable = await whyUnreachable(env);
  if (unreachable !== null) return unreachable;
  const folder = downloadFolder(cacheDir);
  mkdirSync(folder, { recursive: true });
  log.info('Downloading the Temporal dev server, once', { folder });
  return await withFileLock(join(cacheDir, 'temporal', 'download.lock'), log, async () => {
    const download = startDownloaded(folder);
    return await Promise.race([download, pause(downloadTimeoutMs, 'it took longer than 5 minutes', { ref: false })]);
  });
}

/** A proxy is asked by the download itself: Node's own fetch would not use it, so nothing can be concluded then. */
async function whyUnreachable(env: Environment): Promise<string | null> {
  if (['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].some((name) => (env[name] ?? '') !== '')) return null;
  try {
    await fetch(downloadHost, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(hostTimeoutMs) });
    return null;
  } catch (error) {
    return `${downloadHost} cannot be reached: ${innermostMessage(error)}`;
  }
}

/** The SDK offers the download only together with a start; it is ended at once. */
async function startDownloaded(downloadDir: string): Promise<string | null> {
  try {
    const { TestWorkflowEnvironment } = await import('@temporalio/testing');
    const server = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'cached-download', downloadDir } },
    });
    await server.teardown();
    return null;
  } catch (error) {
    return innermostMessage(error);
  }
}

function innermostMessage(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof Error ? inner.message : String(inner);
}

const buildTimeoutMs = 1_800_000;

/**
 * Builds the dev server with Go into the cache; minutes the first time. Other processes wait for the same build.
 *
 * @returns null when it is there, otherwise why not
 */
export async function buildWithGo(go: string, search: ProgramSearch): Promise<string | null> {
  const { cacheDir, log } = search;
  const target = builtTemporalPath(cacheDir);
  return await withFileLock(join(cacheDir, 'temporal', 'build.lock'), log, async () => {
    if (existsSync(target)) return null;
    log.info(`Building Temporal ${builtTemporalVersion} with Go, once; this takes some minutes`, { target });
    return await build(go, search, target);
  });
}

async function build(go: string, { env, log }: ProgramSearch, target: string): Promise<string | null> {
  const folder = `${target}.building`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const module = `github.com/temporalio/cli/cmd/temporal@v${builtTemporalVersion}`;
  const { ok, problem } = await runCommand(go, ['install', '-ldflags', '-s -w', module], {
    env: { ...env, CGO_ENABLED: '0', GOBIN: folder },
    timeoutMs: buildTimeoutMs,
    progress: { log, what: 'Building Temporal' },
  });
  // Renamed only when whole: a build that was cut off leaves nothing that looks finished.
  if (ok) renameSync(join(folder, 'temporal'), target);
  rmSync(folder, { recursive: true, force: true });
  return ok ? null : problem;
}
