/**
 * Remembers in the data folder which local servers run for it, so that a second command finds them and `--keep` can be
 * undone. Imports Node and src/local.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

export function writeServerNote(dataDir: string, name: LocalServerName, note: LocalServerNote): void {
  mkdirSync(join(dataDir, name), { recursive: true, mode: 0o700 });
  writeFileSync(notePath(dataDir, name), `${JSON.stringify(note)}\n`);
}

export function removeServerNote(dataDir: string, name: LocalServerName): void {
  rmSync(notePath(dataDir, name), { force: true });
}

/** The server that runs for this folder, or null. A note of one that is gone counts as none. */
export function readServerNote(dataDir: string, name: LocalServerName): LocalServerNote | null {
  let text: string;
  try {
    text = readFileSync(notePath(dataDir, name), 'utf8');
  } catch (error) {
    // A folder that is not there, or that this user may not look into, has no server for this user.
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return null;
    throw error;
  }
  const parsed = noteSchema.safeParse(parseJson(text));
  return parsed.success && groupIsAlive(parsed.data.pid) ? parsed.data : null;
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
