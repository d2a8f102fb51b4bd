/**
 * What the scripts share: where the repository is, running a tool, and stamps that say "nothing changed since".
 * No dependencies: it runs before anything is installed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Prints one line about a step. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Prints the reason and ends the script. */
export function giveUp(text) {
  say(text);
  process.exit(1);
}

/** Exit code of a process that a signal ended, as shells report it. */
function codeOf(code, signal) {
  return signal === null ? code : 128 + (constants.signals[signal] ?? 0);
}

/** Children that get the signals of this process, and whether one asked for the end. */
const children = new Set();
let interruptedBy = null;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interruptedBy = signal;
    // Ctrl-C in a terminal reaches the whole foreground group; a second SIGINT would mean "at once".
    const terminalSentIt = signal === 'SIGINT' && process.stdin.isTTY;
    if (!terminalSentIt) for (const child of children) child.kill(signal);
    if (children.size === 0) process.exit(codeOf(null, signal));
  });
}

/**
 * Runs a tool and resolves when it has ended. Signals are handed on, and this process ends only after the tool.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string | undefined>, quiet?: boolean }} [options] quiet: output is returned instead
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, { env = process.env, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
    children.add(child);
    let output = '';
    child.stdout?.on('data', (text) => (output += text));
    child.stderr?.on('data', (text) => (output += text));
    const finish = (code) => {
      children.delete(child);
      if (interruptedBy !== null && children.size === 0) process.exit(codeOf(null, interruptedBy));
      resolve({ code, output });
    };
    child.once('error', (error) => {
      output += `${command}: ${error.message}`;
      finish(127);
    });
    child.once('close', (code, signal) => finish(codeOf(code, signal)));
  });
}

/** Hands the signals back to Node's defaults, for a script that goes on in this process. */
export function stopHandingOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
}

/** A tool installed in node_modules, as a command for `run`: started by this Node, without a shell. */
export function tool(name, script) {
  return [process.execPath, join(root, 'node_modules', name, script)];
}

/** All files below some paths of the repository, sorted; folders that are built or installed are left out. */
export function filesBelow(...paths) {
  const walk = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return [];
    const entries = readdirSync(full, { withFileTypes: true });
    return entries.flatMap((entry) => {
      const below = join(path, entry.name);
      return entry.isDirectory() ? walk(below) : [below];
    });
  };
  return paths.flatMap(walk).sort();
}

/** One hash over names and contents of files (paths relative to the repository). */
export function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const full = join(root, file);
    hash.update(`${relative(root, full)}\0`);
    if (existsSync(full)) hash.update(readFileSync(full));
    hash.update('\0');
  }
  return hash.digest('hex');
}

/** True when the stamp says that this very state was finished before. */
export function isStamped(stamp, state) {
  const file = join(root, stamp);
  return existsSync(file) && readFileSync(file, 'utf8') === state;
}

/** Writes the stamp, as the last act of a step. */
export function writeStamp(stamp, state) {
  const file = join(root, stamp);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, state);
}
