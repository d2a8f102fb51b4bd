/**
 * Installs the dependencies of the lock file when they are not installed yet or the lock has changed.
 * No dependencies of its own. `node scripts/setup.mjs`
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { giveUp, root, run, say } from './steps.mjs';

/** The oldest Node that works, from package.json's `engines`. */
const oldestNode = [20, 19];

/** Makes node_modules complete; milliseconds when it is. */
export async function setUp() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    giveUp(`tracelift needs Node ${oldestNode.join('.')} or newer; this is ${process.version}.`);
  }
  if (isInstalled()) return;
  say('Installing dependencies (npm ci), once');
  const { code, output } = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel', 'error'], { quiet: true });
  if (code !== 0) giveUp(`${output}\nnpm ci failed with exit code ${code}. Is the npm registry reachable?`);
}

/**
 * Whether node_modules holds what the lock asks for. npm writes the list of what it installed as its last act, so an
 * installation that was cut off has none. Optional packages (those of other platforms) may be missing.
 */
function isInstalled() {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  const wanted = packagesOf(join(root, 'package-lock.json'));
  return Object.entries(wanted).every(
    ([path, { version, optional = false }]) =>
      path === '' || (path in installed ? installed[path].version === version : optional),
  );
}

function packagesOf(lockFile) {
  return existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, 'utf8')).packages : {};
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await setUp();
