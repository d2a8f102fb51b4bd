/**
 * Staging in a Unity Catalog Volume: files are made on the worker's disk and uploaded whole. Imports the staging port,
 * tables, the Volume and Node's file system; the Parquet writer comes from outside.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import pLimit from 'p-limit';
import { TraceliftError } from '../../errors/index.js';
import type { JsonValue } from '../../json/json-value.js';
import { readJson } from '../../json/decode-json.js';
import { maxRawDepth } from '../../trace/raw-json.js';
import { writeJson } from '../../json/write-json.js';
import { checkedKey, checkedPrefix } from '../staging-key.js';
import type { Log } from '../../log.js';
import type { StagedFile } from '../../copy/process/messages.js';
import type { StagedTraces, Staging, TraceFileWriter } from '../staging.js';
import type { Volume } from './volume.js';

/** Options of {@link createVolumeStaging}. */
export interface VolumeStagingOptions {
  readonly volume: Volume;
  readonly files: TraceFileWriter;
  /** Folder of the Volume that tracelift uses; nothing outside is ever touched. Default `tracelift`. */
  readonly folder?: string;
  readonly log: Log;
}

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Deletions and listings in flight at once, to stay far under the limits of the workspace. */
const maxParallelCalls = 8;

/** Staging that every worker of a task queue sees; nothing is touched before the first write. */
export function createVolumeStaging(options: VolumeStagingOptions): Staging {
  return new VolumeStaging(options);
}

class VolumeStaging implements Staging {
  readonly isLocal = false;
  readonly root: string;
  readonly #volume: Volume;
  readonly #files: TraceFileWriter;
  readonly #folder: string;
  readonly #log: Log;
  readonly #limit = pLimit(maxParallelCalls);
  #scratch: Promise<string> | undefined;

  constructor({ volume, files, folder = 'tracelift', log }: VolumeStagingOptions) {
    this.#volume = volume;
    this.#files = files;
    this.#folder = folder;
    this.#log = log;
    this.root = `${volume.path}/${folder}`;
  }

  async writeJson(key: string, value: JsonValue): Promise<void> {
    const text = Buffer.from(writeJson(value));
    await this.#upload(key, isCompressed(key) ? await compress(text) : text);
  }

  async readJson(key: string): Promise<JsonValue> {
    const bytes = await this.#volume.get(this.#path(key));
    if (bytes === null) throw this.#lost(key, 'it is gone');
    const text = isCompressed(key) ? await this.#decompress(key, bytes) : Buffer.from(bytes);
    const reading = readJson(text.toString('utf8'), maxRawDepth);
    if (!reading.ok) throw this.#lost(key, 'it is cut off');
    return reading.value;
  }

  async writeTraces(key: string, traces: StagedTraces, signal?: AbortSignal): Promise<StagedFile> {
    const target = this.#path(key);
    this.#scratch ??= mkdtemp(join(tmpdir(), 'tracelift-'));
    const path = join(await this.#scratch, `${randomUUID()}.parquet`);
    try {
      const counts = await this.#files.write(path, traces, signal);
      await this.#put(target, await readFile(path), signal);
      this.#log.debug('Staged traces', { key, traces: counts.numTraces, bytes: counts.bytes });
      return { key, ...counts };
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Volumes keep files whole: cloud storage compares checksums itself. */
  async verify(): Promise<void> {}

  location(key: string): string {
    return `${this.root}/${checkedKey(key)}`;
  }

  exists(key: string): Promise<boolean> {
    return this.#volume.has(this.#path(key));
  }

  async remove(prefix: string): Promise<void> {
    await this.#removeTree(`${this.#folder}/${checkedPrefix(prefix)}`);
  }

  async listRuns(): Promise<{ run: string; newestFileMs: number }[]> {
    const workflows = await this.#folders(this.#folder);
    const runs = await Promise.all(
      workflows.map(async (workflow) =>
        (await this.#folders(`${this.#folder}/${workflow}`)).map((run) => `${workflow}/${run}`),
      ),
    );
    const aged = await Promise.all(
      runs.flat().map(async (run) => ({ run, newestFileMs: await this.#newestFile(`${this.#folder}/${run}`) })),
    );
    return aged.flatMap(({ run, newestFileMs }) => (newestFileMs === null ? [] : [{ run, newestFileMs }]));
  }

  async close(): Promise<void> {
    await this.#files.close();
    if (this.#scratch !== undefined) await rm(await this.#scratch, { recursive: true, force: true });
    this.#scratch = undefined;
  }

  #path(key: string): string {
    return `${this.#folder}/${checkedKey(key)}`;
  }

  async #upload(key: string, bytes: Buffer): Promise<void> {
    await this.#put(this.#path(key), bytes);
  }

  /** A refusal of the upload says that the Volume cannot be written: full, or no right to it. */
  async #put(path: string, bytes: Buffer, signal?: AbortSignal): Promise<void> {
    try {
      await this.#volume.put(path, bytes, signal);
    } catch (failure) {
      if (!(failure instanceof TraceliftError) || failure.code !== 'WarehouseRefused') throw failure;
      const reason = String(failure.parameters['reason']);
      throw new TraceliftError('StagingUnwritable', { root: this.root, reason }, { cause: failure });
    }
  }

  async #decompress(key: string, bytes: Uint8Array): Promise<Buffer> {
    try {
      return await decompress(bytes);
    } catch (failure) {
      throw this.#lost(key, 'it is cut off', failure);
    }
  }

  #lost(key: string, reason: string, cause?: unknown): TraceliftError {
    return new TraceliftError('StagingLost', { key, root: this.root, reason }, cause === undefined ? {} : { cause });
  }

  async #removeTree(folder: string): Promise<void> {
    const entries = await this.#list(folder);
    await Promise.all(
      entries.map(({ name, isFolder }) =>
        isFolder ? this.#removeTree(`${folder}/${name}`) : this.#limit(() => this.#volume.remove(`${folder}/${name}`)),
      ),
    );
    await this.#limit(() => this.#volume.removeFolder(folder));
  }

  async #folders(folder: string): Promise<string[]> {
    return (await this.#list(folder)).filter(({ isFolder }) => isFolder).map(({ name }) => name);
  }

  /** Time of the newest file anywhere below a folder; null when there is none. */
  async #newestFile(folder: string): Promise<number | null> {
    const times = await Promise.all(
      (await this.#list(folder)).map(async ({ name, isFolder, modifiedMs }) =>
        isFolder ? this.#newestFile(`${folder}/${name}`) : modifiedMs,
      ),
    );
    return times.reduce((newest, time) => (newest === null || (time ?? 0) > newest ? time : newest), null);
  }

  #list(folder: string): ReturnType<Volume['list']> {
    return this.#limit(() => this.#volume.list(folder));
  }
}

const isCompressed = (key: string): boolean => key.endsWith('.gz');
