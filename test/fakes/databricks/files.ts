/**
 * The Files API over a folder on disk, so that Spark can read what was uploaded.
 * Behaviour after databricks/cli libs/testserver (handlers.go, fake_workspace.go) and databricks-sdk-py files.py.
 */
import { mkdir, readdir, readFile, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { apiError, type FakeAnswer, type FakeRequest, type Route } from './http.js';

export interface FakeFilesOptions {
  /** Folder that stands for `/Volumes`. */
  readonly folder: string;
  /** True when the Volume exists (full name `catalog.schema.volume`). */
  readonly hasVolume: (fullName: string) => boolean;
}

/** Files API, https://docs.databricks.com/api/workspace/files. */
export function fileRoutes({ folder, hasVolume }: FakeFilesOptions): readonly Route[] {
  const onDisk = (path: string): string => join(folder, path);
  const inVolume =
    (handle: (request: FakeRequest, path: string) => Promise<FakeAnswer>) =>
    async (request: FakeRequest, match: RegExpExecArray): Promise<FakeAnswer> => {
      const path = match[1] ?? '';
      const [catalog, schema, volume] = path.split('/');
      const fullName = [catalog, schema, volume].join('.');
      // Text of Unity Catalog, databricks/cli libs/testserver fake_workspace.go:274.
      if (!hasVolume(fullName)) return apiError(404, 'NOT_FOUND', `Volume '${fullName}' does not exist.`);
      return handle(request, path);
    };
  const files = /^\/api\/2\.0\/fs\/files\/Volumes\/(.+)$/;
  const directories = /^\/api\/2\.0\/fs\/directories\/Volumes\/(.+?)\/?$/;
  return [
    { method: 'PUT', pattern: files, handle: inVolume((request, path) => put(request, onDisk(path))) },
    { method: 'GET', pattern: files, handle: inVolume((_, path) => get(onDisk(path))) },
    { method: 'HEAD', pattern: files, handle: inVolume((_, path) => head(onDisk(path))) },
    { method: 'DELETE', pattern: files, handle: inVolume((_, path) => remove(onDisk(path))) },
    { method: 'PUT', pattern: directories, handle: inVolume((_, path) => makeDirectory(onDisk(path))) },
    {
      method: 'GET',
      pattern: directories,
      handle: inVolume((request, path) => list(request, path, onDisk(path))),
    },
    { method: 'DELETE', pattern: directories, handle: inVolume((_, path) => removeDirectory(onDisk(path))) },
  ];
}

const missingFile = apiError(404, 'NOT_FOUND', 'The file being accessed is not found.');
const missingDirectory = apiError(404, 'NOT_FOUND', 'The directory being accessed is not found.');

/** Parents appear by themselves; 204 without body (databricks-sdk-go files.go `Upload`). */
async function put(request: FakeRequest, path: string): Promise<FakeAnswer> {
  const exists = await kindOf(path);
  if (exists === 'file' && request.query.get('overwrite') !== 'true') {
    return apiError(409, 'ALREADY_EXISTS', 'The file being created already exists.');
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, request.body);
  return { status: 204 };
}

async function get(path: string): Promise<FakeAnswer> {
  return (await kindOf(path)) === 'file' ? { status: 200, body: await readFile(path) } : missingFile;
}

async function head(path: string): Promise<FakeAnswer> {
  return { status: (await kindOf(path)) === 'file' ? 200 : 404 };
}

async function remove(path: string): Promise<FakeAnswer> {
  if ((await kindOf(path)) !== 'file') return missingFile;
  await unlink(path);
  return { status: 204 };
}

async function makeDirectory(path: string): Promise<FakeAnswer> {
  // databricks/cli libs/testserver handlers.go: idempotent over directories only.
  if ((await kindOf(path)) === 'file')
    return apiError(409, 'ALREADY_EXISTS', 'The given path points to an existing file.');
  await mkdir(path, { recursive: true });
  return { status: 204 };
}

/** Pages of three at the most, so that tests follow `next_page_token` (real pages hold up to 1,000). */
async function list(request: FakeRequest, path: string, folder: string): Promise<FakeAnswer> {
  if ((await kindOf(folder)) !== 'directory') return missingDirectory;
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const start = Number(request.query.get('page_token') ?? 0);
  const page = entries.slice(start, start + 3);
  const contents = await Promise.all(
    page.map(async (entry) => {
      const { size, mtimeMs } = await stat(join(folder, entry.name));
      return {
        path: `/Volumes/${path}/${entry.name}`,
        name: entry.name,
        is_directory: entry.isDirectory(),
        ...(entry.isDirectory() ? {} : { file_size: size, last_modified: Math.round(mtimeMs) }),
      };
    }),
  );
  const next = start + 3;
  return { status: 200, json: { contents, ...(next < entries.length ? { next_page_token: String(next) } : {}) } };
}

async function removeDirectory(folder: string): Promise<FakeAnswer> {
  if ((await kindOf(folder)) !== 'directory') return missingDirectory;
  if ((await readdir(folder)).length > 0) {
    // databricks-sdk-py errors: FILES_API_DIRECTORY_IS_NOT_EMPTY, status 400.
    return apiError(400, 'FILES_API_DIRECTORY_IS_NOT_EMPTY', 'The directory is not empty.');
  }
  await rmdir(folder);
  return { status: 204 };
}

async function kindOf(path: string): Promise<'file' | 'directory' | 'nothing'> {
  return stat(path).then(
    (found) => (found.isDirectory() ? 'directory' : 'file'),
    () => 'nothing',
  );
}
