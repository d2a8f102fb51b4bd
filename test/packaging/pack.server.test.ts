/** The package as a user gets it. Needs no server of its own, but minutes and the npm registry. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../imports.js';
import { textOf } from './compose-file.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'tracelift-pack-'));
let files: string[] = [];
let tarball = '';

beforeAll(async () => {
  await run(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root });
  const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const [answer] = JSON.parse(packed.stdout) as { filename: string; files: { path: string }[] }[];
  tarball = join(folder, answer!.filename);
  files = answer!.files.map(({ path }) => path);
}, 400_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed package', () => {
  it('the packed package holds the program, the prebuilt workflows and the data files, and neither sources nor tests', () => {
    expect(files).toContain('dist/cli/main.js');
    expect(files).toContain('dist/workflow-bundle.js');
    expect(files).toContain('dist/local/mlflow-constraints.txt');
    expect(files.filter((path) => /^(src|test|bench|scripts)\/|\/\.|\.tsbuildinfo$|synthetic/.test(path))).toEqual([]);
  });

  it('the packed package installs in an empty folder and says its version there', async ({ skip }) => {
    const place = mkdtempSync(join(folder, 'project-'));
    writeFileSync(join(place, 'package.json'), '{ "private": true }');
    const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball];
    const problem = await run('npm', install, { cwd: place }).then(
      () => null,
      (error: unknown) => String((error as { stderr?: string }).stderr),
    );
    if (problem !== null && /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/.test(problem)) {
      return skip('the npm registry cannot be reached');
    }
    expect(problem).toBeNull();
    const { version } = JSON.parse(textOf('package.json')) as { version: string };
    const { stdout } = await run('npx', ['--no-install', 'tracelift', '--version'], { cwd: place });
    expect(stdout).toContain(version);
  }, 300_000);
});
