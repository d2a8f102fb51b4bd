/**
 * Staging in a folder of this machine. Imports the staging port, the tables and Node's file system.
 *
 * Files are written aside and renamed: a reader finds the whole file or none. The folder belongs to its user alone
 * (0700), since it holds trace text.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { TraceliftError } from '../../errors/index.js';
import type { JsonValue } from '../../json/json-value.js';
import { readJson } from '../../json/decode-json.js';
import { maxRawDepth } from '../../trace/raw-json.js';
import { writeJson } from '../../json/write-json.js';
import { checkedKey, checkedPrefix } from '../staging-key.js';
import type { Log } from '../../log.js';
import type { StagedFile } from '../../copy/process/messages.js';
import type { Staging, TraceFileWriter } from '../staging.js';
import { createParquetWriter } from './parquet-writer.js';

/** Options of {@link createLocalStaging}. */
export interface LocalStagingOptions {
  /** Folder that holds everything; made with mode 0700 at the first write. */
  readonly root: string;
  readonly log: Log;
}

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Staging in the folder `root`; nothing is touched before the first write. */
export function createLocalStaging({ root, log }: LocalStagingOptions): Staging {
  const absolute = resolve(root);
  return new LocalStaging(absolute, log, createParquetWriter());
}

class LocalStaging implements Staging {
  readonly isLocal = true;
  #rootReady: Promise<void> | undefined;

  constructor(
    readonly root: string,
    private readonly log: Log,
    private readonly parquet: TraceFileWriter,
  ) {}

  async writeJson(key: string, value: JsonValue): Promise<void> {
    const text = Buffer.from(writeJson(value));
    await this.#appear(key, async (aside) => {
      await writeFile(aside, isCompressed(key) ? await compress(text) : text, { mode: 0o600 });
    });
  }

  async readJson(key: string): Promise<JsonValue> {
    const path = this.location(key);
    try {
      const bytes = await readFile(path);
      const text = (isCompressed(key) ? await decompress(bytes) : bytes).toString('utf8');
      const reading = readJson(text, maxRawDepth);
      if (reading.ok) return reading.value;
      throw new TraceliftError('StagingLost', { key, root: this.root, reason: 'it is cut off' });
    } catch (failure) {
      throw readFailure(failure, key, this.root);
    }
  }

  async writeTraces(...[key, traces, signal]: Parameters<Staging['writeTraces']>): ReturnType<Staging['writeTraces']> {
    const counts = await this.#appear(key, (aside) => this.parquet.write(aside, traces, signal), signal);
    this.log.debug('Staged traces', { key, traces: counts.numTraces, bytes: counts.bytes });
    return { key, ...counts, sha256: await this.#digest(key, signal) };
  }

  async verify(files: readonly StagedFile[], signal?: AbortSignal): Promise<void> {
    for (const { key, sha256 } of files) {
      if (sha256 === undefined || (await this.#digest(key, signal)) === sha256) continue;
      throw new TraceliftError('StagingLost', { key, root: this.root, reason: 'it is damaged' });
    }
  }

  async #digest(key: string, signal?: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    try {
      await pipeline(createReadStream(this.location(key)), hash, ...(signal === undefined ? [] : [{ signal }]));
    } catch (failure) {
      signal?.throwIfAborted();
      throw readFailure(failure, key, this.root);
    }
    return hash.digest('hex');
  }

  location(key: string): string {
    return join(this.root, checkedKey(key));
  }

  async exists(key: string): Promise<boolean> {
    return (await statOrNull(this.location(key))) !== null;
  }

  async remove(prefix: string): Promise<void> {
    try {
      await rm(join(this.root, checkedPrefix(prefix)), { recursive: true, force: true, maxRetries: 3 });
    } catch (failure) {
      throw writeFailure(failure, this.root);
    }
  }

  async listRuns(): Promise<{ run: string; newestFileMs: number }[]> {
    const runs: { run: string; newestFileMs: number }[] = [];
    for (const workflow of await folders(this.root)) {
      for (const firstRun of await folders(join(this.root, workflow))) {
        const newestFileMs = await newestFile(join(this.root, workflow, firstRun));
        if (newestFileMs !== null) runs.push({ run: `${workflow}/${firstRun}`, newestFileMs });
      }
    }
    return runs;
  }

  async close(): Promise<void> {
    await this.parquet.close();
  }

  /** Lets `write` make a file aside, then moves it to its key in one step. */
  async #appear<T>(key: string, write: (aside: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const path = this.location(key);
    const aside = `${path}.${randomUUID()}.aside`;
    try {
      this.#rootReady ??= makeRoot(this.root);
      await this.#rootReady;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const result = await write(aside);
      await rename(aside, path);
      return result;
    } catch (failure) {
      await removeLeftover(aside);
      signal?.throwIfAborted();
      throw writeFailure(failure, this.root);
    }
  }
}

/** Where the folder itself could not be made there is nothing to remove, and the first failure is the one to tell. */
async function removeLeftover(aside: string): Promise<void> {
  try {
    await rm(aside, { force: true });
  } catch (failure) {
    if (codeOf(failure) !== 'ENOTDIR') throw failure;
  }
}

const isCompressed = (key: string): boolean => key.endsWith('.gz');

async function makeRoot(root: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  await chmod(root, 0o700);
}

const codeOf = (failure: unknown): string | undefined => (failure as NodeJS.ErrnoException).code;

/** Failures of the moment, which are no matter of the file. */
const passingCodes: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EAGAIN',
  'EINTR',
  'EBUSY',
  'ETIMEDOUT',
]);

function readFailure(failure: unknown, key: string, root: string): unknown {
  const code = codeOf(failure);
  if (failure instanceof TraceliftError || code === undefined || passingCodes.has(code)) return failure;
  return new TraceliftError('StagingLost', { key, root, reason: lossOf(code) }, { cause: failure });
}

function lossOf(code: string): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'it is gone';
  return code.startsWith('Z_') ? 'it is cut off' : code;
}

/** Failures of the file system say that staging cannot be written; DuckDB reports the same ones only as text. */
function writeFailure(failure: unknown, root: string): unknown {
  if (failure instanceof TraceliftError) return failure;
  const text = failure instanceof Error ? failure.message : '';
  const isSystemFailure = /^E[A-Z]+$/.test(codeOf(failure) ?? '') || /^IO Error|No space left/.test(text);
  if (!isSystemFailure) {
    return new TraceliftError('Internal', { where: 'staging', reason: 'a file could not be made' }, { cause: failure });
  }
  return new TraceliftError('StagingUnwritable', { root, reason: codeOf(failure) ?? 'IO Error' }, { cause: failure });
}

async function statOrNull(path: string): Promise<{ mtimeMs: number } | null> {
  try {
    return await stat(path);
  } catch (failure) {
    if (codeOf(failure) === 'ENOENT' || codeOf(failure) === 'ENOTDIR') return null;
    throw failure;
  }
}

async function entries(path: string): Promise<{ name: string; isFolder: boolean }[]> {
  try {
    const found = await readdir(path, { withFileTypes: true });
    return found.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch (failure) {
    // Another worker's sweep may take a folder away while this one looks.
    if (codeOf(failure) === 'ENOENT' || codeOf(failure) === 'ENOTDIR') return [];
    throw failure;
  }
}

async function folders(path: string): Promise<string[]> {
  const found = await entries(path);
  return found
    .filter((entry) => entry.isFolder)
    .map((entry) => entry.name)
    .sort();
}

/** Time of the newest file anywhere below a folder, epoch milliseconds; null when there is none. */
async function newestFile(path: string): Promise<number | null> {
  let newest: number | null = null;
  for (const entry of await entries(path)) {
    const below = join(path, entry.name);
    const time = entry.isFolder ? await newestFile(below) : ((await statOrNull(below))?.mtimeMs ?? null);
    if (time !== null && (newest === null || time > newest)) newest = time;
  }
  return newest === null ? null : Math.floor(newest);
}
