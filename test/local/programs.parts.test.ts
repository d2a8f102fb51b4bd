import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findMlflow } from '../../src/local/mlflow-server.js';
import { cacheDirectory, withFileLock, type ProgramSearch } from '../../src/local/program-search.js';
import { findTemporal } from '../../src/local/temporal-server.js';
import { silentLog } from '../../src/log.js';

let folder: string;
let bin: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracelift-parts-'));
  bin = join(folder, 'bin');
  mkdirSync(bin);
});
// The SDK's download, given up, may still make its folder while this one goes.
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 }));

/** A tool on the PATH of the test: a shell script. The shell's own tools stay reachable. */
function put(name: string, script: string): string {
  const file = join(bin, name);
  writeFileSync(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** The SDK's download would bring a real server on a machine with a network. */
function search(env: Record<string, string> = {}): ProgramSearch {
  return { env: { PATH: bin, HOME: folder, ...env }, cacheDir: join(folder, 'cache'), log: silentLog, download: false };
}

const itIsTemporal = 'echo "temporal version 1.5.1 (Server 1.29.1)"';

describe('Temporal is looked for', () => {
  it('Temporal is looked for first in TEMPORAL_ADDRESS, and then nothing is started', async () => {
    put('temporal', itIsTemporal);
    const env = { TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'quality' };
    expect(await findTemporal(search(env))).toEqual({
      kind: 'existing',
      address: 'temporal.example:7233',
      namespace: 'quality',
      how: 'from TEMPORAL_ADDRESS',
    });
  });

  it('Temporal is looked for in TEMPORAL_CLI_PATH before the PATH', async () => {
    put('temporal', itIsTemporal);
    const configured = put('my-temporal', itIsTemporal);
    const program = await findTemporal(search({ TEMPORAL_CLI_PATH: configured }));
    expect(program).toMatchObject({ kind: 'executable', path: configured });
  });

  it('Temporal is looked for nowhere else when TEMPORAL_CLI_PATH names something that is not Temporal', async () => {
    put('temporal', itIsTemporal);
    const configured = put('other', 'echo "another tool"');
    await expect(findTemporal(search({ TEMPORAL_CLI_PATH: configured }))).rejects.toMatchObject({
      code: 'ProgramNotFound',
      message: expect.stringContaining('TEMPORAL_CLI_PATH') as unknown,
    });
  });

  it('Temporal is found on the PATH', async () => {
    const path = put('temporal', itIsTemporal);
    expect(await findTemporal(search())).toEqual({ kind: 'executable', path, how: 'from the PATH' });
  });

  it('Temporal is found in the bin folder of Go, past a `temporal` on the PATH that does not run', async () => {
    put('temporal', 'exit 1');
    put('go', `[ "$1" = env ] && printf '\\n${folder}/gopath\\n'`);
    mkdirSync(join(folder, 'gopath', 'bin'), { recursive: true });
    const path = join(folder, 'gopath', 'bin', 'temporal');
    writeFileSync(path, `#!/bin/sh\n${itIsTemporal}\n`, { mode: 0o755 });
    expect(await findTemporal(search())).toMatchObject({ kind: 'executable', path });
  });

  it('Temporal is found in the cache, and it is built there with Go when all else fails', async () => {
    const built = join(folder, 'cache', 'temporal', 'temporal-1.5.1');
    put('go', buildingGo);
    const first = await findTemporal(search());
    expect(first).toMatchObject({ kind: 'executable', path: built });
    rmSync(join(bin, 'go'));
    expect(await findTemporal(search())).toMatchObject({ path: built });
    expect(existsSync(`${built}.building`)).toBe(false);
  });

  it('Temporal is built once when two processes look for it at the same time', async () => {
    put('go', buildingGo);
    const parts = await Promise.all([findTemporal(search()), findTemporal(search())]);
    expect(parts[0]).toEqual(parts[1]);
    expect(readFileSync(join(folder, 'builds'), 'utf8')).toBe('x');
  });

  it('when there is no Temporal, everything that was tried is named', async () => {
    put('go', 'echo "proxy says no" >&2; exit 1');
    const error: unknown = await findTemporal(search()).catch((problem: unknown) => problem);
    expect(error).toMatchObject({ code: 'ProgramNotFound' });
    const { message } = error as Error;
    for (const tried of ['on the PATH', 'nothing built before', 'download of the Temporal SDK', 'proxy says no']) {
      expect(message).toContain(tried);
    }
    expect(message).toContain('TEMPORAL_ADDRESS');
  });
});

/** Writes what `go install` would: one executable in GOBIN; leaves a mark for every build. */
const buildingGo = `
[ "$1" = install ] || exit 0
[ "$CGO_ENABLED" = 0 ] || exit 9
printf x >> "$HOME/builds"
sleep 0.3
printf '#!/bin/sh\\necho temporal version 1.5.1\\n' > "$GOBIN/temporal"
chmod 755 "$GOBIN/temporal"`;

describe('MLflow is looked for', () => {
  /** Makes a folder that looks like an environment; notes what it was asked to install. */
  const uv = `
case "$1" in
  --version) echo uv 0.0 ;;
  venv) for last; do :; done; mkdir -p "$last/bin"; : > "$last/bin/python" ;;
  pip) for last; do :; done; echo "$last" >> "$HOME/installed" ;;
esac`;

  it('MLflow is looked for first in MLFLOW_TRACKING_URI', async () => {
    const env = { MLFLOW_TRACKING_URI: 'https://mlflow.example' };
    expect(await findMlflow(search(env))).toMatchObject({ kind: 'existing', uri: 'https://mlflow.example' });
  });

  it('MLflow is found in the cache, where the pinned version is installed once', async () => {
    put('uv', uv);
    const first = await findMlflow(search());
    expect(first).toMatchObject({ kind: 'environment', version: '3.17.2' });
    expect(await findMlflow(search())).toEqual(first);
    expect(readFileSync(join(folder, 'installed'), 'utf8')).toBe('mlflow==3.17.2\n');
  });

  it('every version of MLflow has an environment of its own in the cache', async () => {
    put('uv', uv);
    const env = { MLFLOW_TRACKING_URI: 'https://mlflow.example' };
    const program = await findMlflow({ ...search(env), mlflowVersion: '2.22.5' });
    expect(program).toMatchObject({ path: join(folder, 'cache', 'mlflow', '2.22.5', 'bin', 'mlflow') });
  });

  it('a half-made environment of MLflow is made again', async () => {
    put('uv', uv);
    await findMlflow(search());
    rmSync(join(folder, 'cache', 'mlflow', '3.17.2', 'tracelift-complete.json'));
    await findMlflow(search());
    expect(readFileSync(join(folder, 'installed'), 'utf8')).toBe('mlflow==3.17.2\nmlflow==3.17.2\n');
  });

  it('recorded answers stand in where MLflow cannot be installed, with the reason', async () => {
    put('uv', `case "$1" in --version) ;; *) echo "no network" >&2; exit 2 ;; esac`);
    expect(await findMlflow(search())).toMatchObject({
      kind: 'recorded',
      tried: expect.stringContaining('no network') as unknown,
    });
    expect(existsSync(join(folder, 'cache', 'mlflow', '3.17.2'))).toBe(false);
  });

  it('a machine without Python and uv is told so when MLflow is wanted', async () => {
    const program = await findMlflow(search());
    expect(program).toMatchObject({ kind: 'recorded', tried: expect.stringContaining('no Python 3.10') as unknown });
  });
});

describe('the cache', () => {
  it('the cache of programs is ~/.cache/tracelift unless TRACELIFT_CACHE says otherwise', () => {
    expect(cacheDirectory({})).toBe(join(homedir(), '.cache', 'tracelift'));
    expect(cacheDirectory({ TRACELIFT_CACHE: '' })).toBe(join(homedir(), '.cache', 'tracelift'));
    expect(cacheDirectory({ TRACELIFT_CACHE: '/parts' })).toBe('/parts');
  });

  it('the cache lets one at a time make a program', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    const lock = join(folder, 'cache', 'x.lock');
    await Promise.all([1, 2, 3].map(() => withFileLock(lock, silentLog, work)));
    expect(most).toBe(1);
    expect(existsSync(lock)).toBe(false);
  });

  it('the cache of programs takes over the lock of a process that was killed', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'close');
    const lock = join(folder, 'x.lock');
    writeFileSync(lock, String(dead.pid));
    expect(await withFileLock(lock, silentLog, async () => 'done')).toBe('done');
  });

  it('the cache frees the lock when the work fails', async () => {
    const lock = join(folder, 'x.lock');
    await expect(withFileLock(lock, silentLog, async () => Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );
    expect(existsSync(lock)).toBe(false);
  });
});
