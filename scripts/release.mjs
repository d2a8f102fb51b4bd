/**
 * Makes a release on this machine: version, changelog, commit and annotated tag. Never pushes. docs/releasing.md has
 * the whole recipe. `node scripts/release.mjs X.Y.Z [--dry-run]`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveUp, root, run, say } from './steps.mjs';

const isDryRun = process.argv.includes('--dry-run');
const [version, ...others] = process.argv.slice(2).filter((argument) => argument !== '--dry-run');
if (version === undefined || others.length > 0) giveUp('usage: node scripts/release.mjs X.Y.Z [--dry-run]');

const changelogFile = join(root, 'CHANGELOG.md');
const changelog = readFileSync(changelogFile, 'utf8');
await refuseUncommitted();
await refuseVersion();
const lines = unreleasedLines();
const title = `## ${version} - ${new Date().toISOString().slice(0, 10)}`;

if (isDryRun) {
  say(`v${version} can be made. Its text:\n\n${lines}`);
} else {
  writeVersions();
  writeFileSync(
    changelogFile,
    changelog.replace(/^## Unreleased\n[^]*?(?=^## |(?![^]))/m, () => sections()),
  );
  await git('commit', '--quiet', '--all', '--message', `Release ${version}`);
  await git('tag', '--annotate', `v${version}`, '--cleanup', 'verbatim', '--message', `${version}\n\n${lines}\n`);
  say(`Made the commit "Release ${version}" and the tag v${version}; nothing was pushed.
If .ci/run has not passed on the commit before it, run it now.
Then: git push origin HEAD v${version}, and npm publish.`);
}

/** Runs git; its output. Gives up with what git said. */
async function git(...args) {
  const { code, output } = await run('git', args, { quiet: true });
  if (code !== 0) giveUp(`git ${args[0]} failed: ${output.trim()}`);
  return output;
}

async function refuseUncommitted() {
  const changed = await git('status', '--porcelain');
  if (changed !== '') giveUp(`Commit or remove these first, so that the tag holds all there is:\n${changed.trimEnd()}`);
}

/** A version is used once, and goes up. */
async function refuseVersion() {
  if (numbersOf(version) === null) giveUp(`"${version}" is no version; give three numbers, such as 1.4.0.`);
  const released = [
    ...(await git('tag', '--list', 'v*')).split('\n').map((tag) => tag.slice(1)),
    ...[...changelog.matchAll(/^## (\d+\.\d+\.\d+)\b/gm)].map(([, found]) => found),
  ].filter((found) => numbersOf(found) !== null);
  const notLower = released.find((found) => compare(numbersOf(found), numbersOf(version)) >= 0);
  if (notLower !== undefined) giveUp(`${notLower} is released already; ${version} must be higher.`);
}

function numbersOf(text) {
  const found = /^(\d+)\.(\d+)\.(\d+)$/.exec(text);
  return found === null ? null : found.slice(1).map(Number);
}

function compare(left, right) {
  const differing = left.findIndex((number, index) => number !== right[index]);
  return differing === -1 ? 0 : left[differing] - right[differing];
}

/** What the release brings, as the changelog has it. */
function unreleasedLines() {
  const found = /^## Unreleased\n([^]*?)(?=^## |(?![^]))/m.exec(changelog);
  if (found === null) giveUp('CHANGELOG.md has no section "## Unreleased".');
  const text = found[1].trim();
  if (!text.includes('- ')) giveUp('"Unreleased" in CHANGELOG.md has no lines: say what the release brings.');
  return text;
}

function sections() {
  return `## Unreleased\n\n${title}\n\n${lines}\n\n`;
}

function writeVersions() {
  for (const name of ['package.json', 'package-lock.json']) {
    const file = join(root, name);
    const content = JSON.parse(readFileSync(file, 'utf8'));
    content.version = version;
    if (content.packages !== undefined) content.packages[''].version = version;
    writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  }
}
