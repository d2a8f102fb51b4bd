/**
 * Compiles src to dist, copies its data files and bundles the workflows for production. Does nothing when nothing
 * changed since. `node scripts/build.mjs [--force]`
 */
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesBelow, giveUp, hashOf, isStamped, root, run, say, tool, writeStamp } from './steps.mjs';
import { setUp } from './setup.mjs';

const stamp = 'dist/.tracelift-built';
const bundleStamp = 'dist/.tracelift-bundled';

/** Files whose change means another build. */
const buildSettings = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/build.mjs',
];

/** Makes dist complete; milliseconds when it is. */
export async function build({ force = false } = {}) {
  const sources = filesBelow('src');
  const state = hashOf([...buildSettings, ...sources]);
  if (!force && existsSync(join(root, 'dist/cli/main.js')) && isStamped(stamp, state)) return;
  say('Building');
  rmSync(join(root, stamp), { force: true });
  removeLeftovers(sources);
  await compile(sources);
  copyData(sources);
  if (sources.includes(join('src', 'workflows', 'index.ts'))) await bundleWorkflows(sources, force);
  const main = join(root, 'dist/cli/main.js');
  if (existsSync(main)) chmodSync(main, 0o755);
  writeStamp(stamp, state);
}

/** Twice when the record of the last build promises files that somebody removed. */
async function compile(sources) {
  await runCompiler();
  const expected = sources.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  const isMissing = (file) => !existsSync(join(root, 'dist', file.slice('src'.length + 1).replace(/\.ts$/, '.js')));
  if (!expected.some(isMissing)) return;
  rmSync(join(root, 'dist/.tsbuildinfo'), { force: true });
  await runCompiler();
}

async function runCompiler() {
  const [node, tsc] = tool('typescript', 'bin/tsc');
  const { code, output } = await run(node, [tsc, '-p', 'tsconfig.build.json', '--pretty', 'false'], { quiet: true });
  if (code !== 0) giveUp(`${output}\nThe TypeScript compiler found errors; dist was not finished.`);
}

/** What an earlier build made from a source that is gone would still be found by imports and packed. */
function removeLeftovers(sources) {
  const known = new Set(sources.map((file) => file.replace(/\.ts$/, '')));
  for (const file of filesBelow('dist')) {
    const source = join('src', file.slice('dist'.length + 1)).replace(/\.(js|d\.ts|js\.map)$/, '');
    const isOurs = file.startsWith(join('dist', '.')) || file === bundleFile;
    if (!isOurs && !known.has(source)) rmSync(join(root, file));
  }
}

function copyData(sources) {
  for (const file of sources.filter((name) => !name.endsWith('.ts'))) {
    const target = join(root, 'dist', file.slice('src'.length + 1));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(root, file), target);
  }
}

const bundleFile = join('dist', 'workflow-bundle.js');

/** Only the workflows and the pure code that they load go into the bundle. */
async function bundleWorkflows(sources, force) {
  const loaded = sources.filter((file) => /^src[\\/](workflows|copy|errors|json|monitor|tables)[\\/]/.test(file));
  const state = hashOf(['package-lock.json', 'scripts/build.mjs', 'scripts/bundle-workflows.mjs', ...loaded]);
  if (!force && existsSync(join(root, bundleFile)) && isStamped(bundleStamp, state)) return;
  const script = join(root, 'scripts', 'bundle-workflows.mjs');
  const { code, output } = await run(process.execPath, [script, join(root, bundleFile)], { quiet: true });
  if (code !== 0) giveUp(`${output}\nThe workflows could not be bundled.`);
  writeStamp(bundleStamp, state);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setUp();
  await build({ force: process.argv.includes('--force') });
}
