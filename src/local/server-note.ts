/**
 * Remembers in the data folder which local servers run for it, so that a second command finds them and `--keep` can be
 * undone. Imports Node and src/local.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { groupIsAlive, signalGroup } from './group-signals.js';

const noteSchema = z.object({
  /** Leader of the server's process group. */
  pid: z.int().positive(),
  /** `host:port`, or an http address. */
  address: z.string(),
  namespace: z.string().nullable(),
  uiUrl: z.string().nullable(),
});

/** A local server that runs, or ran, for a data folder. */
export type LocalServerNote = z.infer<typeof noteSchema>;

export type LocalServerName = 'temporal' | 'mlflow';

function notePath(dataDir: string, name: LocalServerName): string {
  return join(dataDir, name, 'server.json');
}

function lastNotePath(dataDir: string, name: LocalServerName): string {
  return join(dataDir, name, 'last-server.json');
}

function usersPath(dataDir: string, name: LocalServerName): string {
  return join(dataDir, name, 'users');
}

/** Says that this process works with the server, until the returned function is called. */
export function registerServerUser(dataDir: string, name: LocalServerName): () => void {
  const folder = usersPath(dataDir, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, String(process.pid));
  writeFileSync(path, '');
  return () => rmSync(path, { force: true });
}

/** Other processes that work with the server. Those that ended without a word are forgotten. */
export function otherServerUsers(dataDir: string, name: LocalServerName): readonly number[] {
  const folder = usersPath(dataDir, name);
  const others = namesIn(folder)
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  const [gone, alive] = [others.filter((pid) => !lives(pid)), others.filter(lives)];
  for (const pid of gone) rmSync(join(folder, String(pid)), { force: true });
  return alive;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export function writeServerNote(dataDir: string, name: LocalServerName, note: LocalServerNote): void {
  mkdirSync(join(dataDir, name), { recursive: true, mode: 0o700 });
  for (const path of [notePath(dataDir, name), lastNotePath(dataDir, name)]) {
    writeFileSync(path, `${JSON.stringify(note)}\n`);
  }
}

/** The note of the last server, also of one that is gone: the next one listens there again, where it can. */
export function readLastServerNote(dataDir: string, name: LocalServerName): LocalServerNote | null {
  return readNote(lastNotePath(dataDir, name));
}

export function removeServerNote(dataDir: string, name: LocalServerName): void {
  rmSync(notePath(dataDir, name), { force: true });
}

/** The server that runs for this folder, or null. A note of one that is gone counts as none. */
export function readServerNote(dataDir: string, name: LocalServerName): LocalServerNote | null {
  const note = readNote(notePath(dataDir, name));
  return note !== null && groupIsAlive(note.pid) ? note : null;
}

function readNote(path: string): LocalServerNote | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // A folder that is not there, or that this user may not look into, has no server for this user.
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return null;
    throw error;
  }
  const parsed = noteSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

/** A half-written note is no note. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const graceMs = 5_000;
const pollMs = 50;

/** Ends a server that was left running for a folder. Returns false when there was none. */
export async function stopLocalServer(dataDir: string, name: LocalServerName): Promise<boolean> {
  const note = readServerNote(dataDir, name);
  removeServerNote(dataDir, name);
  if (note === null) return false;
  signalGroup(note.pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (groupIsAlive(note.pid)) {
    if (Date.now() > deadline) signalGroup(note.pid, 'SIGKILL');
    await pause(pollMs);
  }
  return true;
}
