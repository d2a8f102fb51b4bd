/**
 * Files in one Unity Catalog Volume, by the Files API (https://docs.databricks.com/api/workspace/files). Imports the
 * REST client. Paths are below the Volume and need no escaping: staging keys hold `[a-z0-9-./]` only.
 */
import { isJsonObject, type JsonValue } from '../../json/json-value.js';
import type { DatabricksRest, RestAnswer } from './rest-client.js';
import { refusal } from './rest-failures.js';

export interface VolumeName {
  readonly catalog: string;
  readonly schema: string;
  readonly volume: string;
}

interface VolumeEntry {
  readonly name: string;
  readonly isFolder: boolean;
  /** Epoch milliseconds; null for folders. */
  readonly modifiedMs: number | null;
}

/** Errors: those of {@link DatabricksRest}. */
export interface Volume {
  /** `/Volumes/catalog/schema/volume`. */
  readonly path: string;
  /** Writes or replaces one file, whole; creates the Volume when it does not exist yet. */
  put(path: string, bytes: Buffer, signal?: AbortSignal): Promise<void>;
  /** Null when the file does not exist. */
  get(path: string): Promise<Uint8Array | null>;
  has(path: string): Promise<boolean>;
  /** Missing files are fine. */
  remove(path: string): Promise<void>;
  /** Removes an empty folder; a missing one, and one that is not empty, are fine. */
  removeFolder(path: string): Promise<void>;
  /** Empty for a folder that does not exist. */
  list(path: string): Promise<VolumeEntry[]>;
  /** Creates the Volume (managed) where it does not exist. Never drops one. */
  ensure(): Promise<void>;
}

/** https://docs.databricks.com/api/workspace/volumes */
const volumesApi = '/api/2.1/unity-catalog/volumes';

export function openVolume(rest: DatabricksRest, name: VolumeName): Volume {
  return new FilesApiVolume(rest, name);
}

class FilesApiVolume implements Volume {
  readonly path: string;
  readonly #fullName: string;

  constructor(
    private readonly rest: DatabricksRest,
    private readonly name: VolumeName,
  ) {
    const parts = [name.catalog, name.schema, name.volume];
    this.path = `/Volumes/${parts.join('/')}`;
    this.#fullName = parts.join('.');
  }

  async put(path: string, bytes: Buffer, signal?: AbortSignal): Promise<void> {
    const request = {
      method: 'PUT',
      path: this.#file(path),
      query: { overwrite: 'true' },
      bytes,
      doing: `writing to the volume ${this.#fullName}`,
      ...(signal && { signal }),
    } as const;
    const first = await this.rest.send(request);
    if (first.isOk) return;
    if (first.status !== 404) throw refusal(this.rest.url, first, request.doing);
    await this.ensure();
    await this.rest.sendOk(request);
  }

  async get(path: string): Promise<Uint8Array | null> {
    const doing = `reading from the volume ${this.#fullName}`;
    const answer = await this.rest.send({ method: 'GET', path: this.#file(path), wantsBytes: true, doing });
    return isPresent(this.rest.url, answer, doing) ? answer.bytes : null;
  }

  async has(path: string): Promise<boolean> {
    const doing = `looking into the volume ${this.#fullName}`;
    return isPresent(this.rest.url, await this.rest.send({ method: 'HEAD', path: this.#file(path), doing }), doing);
  }

  async remove(path: string): Promise<void> {
    const doing = `deleting from the volume ${this.#fullName}`;
    isPresent(this.rest.url, await this.rest.send({ method: 'DELETE', path: this.#file(path), doing }), doing);
  }

  async removeFolder(path: string): Promise<void> {
    const doing = `deleting from the volume ${this.#fullName}`;
    const answer = await this.rest.send({ method: 'DELETE', path: this.#directory(path), doing });
    // A file that another worker wrote meanwhile keeps its folder.
    if (answer.errorCode !== 'FILES_API_DIRECTORY_IS_NOT_EMPTY') isPresent(this.rest.url, answer, doing);
  }

  list(path: string): Promise<VolumeEntry[]> {
    return listFolder(this.rest, this.#directory(path), `listing the volume ${this.#fullName}`);
  }

  async ensure(): Promise<void> {
    const { catalog, schema, volume } = this.name;
    const found = await this.rest.send({
      method: 'GET',
      path: `${volumesApi}/${encodeURIComponent(this.#fullName)}`,
      doing: `reading the volume ${this.#fullName}`,
    });
    if (found.isOk) return;
    const doing = `creating the volume ${this.#fullName}`;
    const json = { catalog_name: catalog, schema_name: schema, name: volume, volume_type: 'MANAGED' };
    const created = await this.rest.send({ method: 'POST', path: volumesApi, json, doing });
    if (!created.isOk && !isAlreadyThere(created)) throw refusal(this.rest.url, created, doing);
  }

  #file(path: string): string {
    return `/api/2.0/fs/files${encodeURI(`${this.path}/${path}`)}`;
  }

  #directory(path: string): string {
    return `/api/2.0/fs/directories${encodeURI(`${this.path}/${path}`)}`;
  }
}

/** Writes whole text files to paths below `/Volumes`, in a Volume that exists. */
export function fileWriter(
  rest: DatabricksRest,
): (location: string, text: string, signal?: AbortSignal) => Promise<void> {
  return async (location, text, signal) => {
    await rest.sendOk({
      method: 'PUT',
      path: `/api/2.0/fs/files${encodeURI(location)}`,
      query: { overwrite: 'true' },
      bytes: Buffer.from(text),
      doing: 'writing to the volume of the staged files',
      ...(signal && { signal }),
    });
  };
}

/** False for 404, an error for any other refusal. */
function isPresent(location: string, answer: RestAnswer, doing: string): boolean {
  if (answer.status !== 404 && !answer.isOk) throw refusal(location, answer, doing);
  return answer.isOk;
}

/** Two workers may create it at once; Unity Catalog answers 409, older workspaces 400 with this text. */
function isAlreadyThere({ status, errorCode, message }: RestAnswer): boolean {
  return status === 409 || /ALREADY_EXISTS/.test(errorCode) || /already exists/i.test(message);
}

async function listFolder(rest: DatabricksRest, path: string, doing: string): Promise<VolumeEntry[]> {
  const entries: VolumeEntry[] = [];
  let token: string | undefined;
  do {
    const answer = await rest.send({ method: 'GET', path, query: { page_token: token }, doing });
    if (!isPresent(rest.url, answer, doing)) return [];
    const contents = answer.json['contents'];
    if (Array.isArray(contents)) entries.push(...contents.flatMap(readEntry));
    const next = answer.json['next_page_token'];
    token = typeof next === 'string' && next !== '' ? next : undefined;
  } while (token !== undefined);
  return entries;
}

function readEntry(value: JsonValue): VolumeEntry[] {
  if (!isJsonObject(value) || typeof value['name'] !== 'string') return [];
  const { name, is_directory: isFolder, last_modified: modified } = value;
  return [{ name, isFolder: isFolder === true, modifiedMs: typeof modified === 'number' ? modified : null }];
}
