import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../imports.js';

const changelog = `# Changelog

Every line says what a user gains.

## Unreleased

- Costs $1 less, and $& stays as it is.

## 1.2.0 - 2024-02-03

- The first one.
`;
const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@x', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@x' };
const env = { ...process.env, ...identity, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const folders: string[] = [];
let repository = '';

const git = (...args: string[]): string => execFileSync('git', args, { cwd: repository, env, encoding: 'utf8' });
const read = (name: string): string => readFileSync(join(repository, name), 'utf8');

function commit(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(repository, name), content);
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Something');
}

function release(...args: string[]): { code: number | null; text: string } {
  const script = join(repository, 'scripts', 'release.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { cwd: repository, env, encoding: 'utf8' });
  return { code: status, text: stderr };
}

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'tracelift-release-'));
  folders.push(repository);
  mkdirSync(join(repository, 'scripts'));
  for (const name of ['release.mjs', 'steps.mjs']) {
    cpSync(join(root, 'scripts', name), join(repository, 'scripts', name));
  }
  git('init', '--quiet', '--initial-branch', 'main');
  commit({
    'CHANGELOG.md': changelog,
    'package.json': '{\n  "name": "x",\n  "version": "1.2.0"\n}\n',
    'package-lock.json':
      '{\n  "version": "1.2.0",\n  "packages": {\n    "": {\n      "version": "1.2.0"\n    }\n  }\n}\n',
  });
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('scripts/release.mjs', () => {
  it('a release is a commit with the version and an annotated tag with the lines of the changelog, and is not pushed', () => {
    const { code, text } = release('1.3.0');
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining('nothing was pushed') as string });
    expect(git('log', '-1', '--format=%s')).toBe('Release 1.3.0\n');
    expect(git('status', '--porcelain')).toBe('');
    expect(git('cat-file', '-t', 'v1.3.0')).toBe('tag\n');
    expect(git('tag', '--list', '--format=%(contents)', 'v1.3.0')).toContain('- Costs $1 less, and $& stays as it is.');
    expect(git('rev-parse', 'v1.3.0^{commit}')).toBe(git('rev-parse', 'HEAD'));
    expect(JSON.parse(read('package.json'))).toMatchObject({ version: '1.3.0' });
    expect(JSON.parse(read('package-lock.json'))).toMatchObject({
      version: '1.3.0',
      packages: { '': { version: '1.3.0' } },
    });
  });

  it('a release turns the unreleased lines of the changelog into a section with a date, below an empty one', () => {
    release('1.3.0');
    const today = new Date().toISOString().slice(0, 10);
    expect(read('CHANGELOG.md')).toBe(
      changelog.replace('## Unreleased\n', () => `## Unreleased\n\n## 1.3.0 - ${today}\n`),
    );
  });

  it('a release can be followed by the next one only when that brings something', () => {
    release('1.3.0');
    expect(release('1.4.0')).toMatchObject({ code: 1, text: expect.stringContaining('has no lines') as string });
    commit({ 'CHANGELOG.md': read('CHANGELOG.md').replace('## Unreleased\n', '## Unreleased\n\n- More.\n') });
    expect(release('1.4.0').code).toBe(0);
    expect(git('tag', '--list')).toBe('v1.3.0\nv1.4.0\n');
  });

  it.each([
    ['of a version that exists', '1.2.0', /1\.2\.0 is released already/],
    ['of a lower version', '1.1.9', /1\.2\.0 is released already; 1\.1\.9 must be higher/],
    ['of something that is no version', '1.3', /"1\.3" is no version/],
    ['of something longer', 'v1.3.0', /"v1\.3\.0" is no version/],
  ])('a release %s is refused and changes nothing', (_what, version, reason) => {
    const before = git('rev-parse', 'HEAD');
    const { code, text } = release(version);
    expect(text).toMatch(reason);
    expect({ code, head: git('rev-parse', 'HEAD'), tags: git('tag') }).toEqual({ code: 1, head: before, tags: '' });
    expect(git('status', '--porcelain')).toBe('');
  });

  it('a release is refused while something is not committed, and the refusal says what', () => {
    writeFileSync(join(repository, 'left-over.txt'), '');
    expect(release('1.3.0')).toMatchObject({ code: 1, text: expect.stringContaining('left-over.txt') as string });
    expect(git('tag')).toBe('');
  });

  it('a release is only announced with --dry-run', () => {
    const { code, text } = release('1.3.0', '--dry-run');
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining('Costs $1 less') as string });
    expect({ tags: git('tag'), status: git('status', '--porcelain') }).toEqual({ tags: '', status: '' });
  });
});

describe('CHANGELOG.md', () => {
  const own = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');

  it('the changelog of this repository has unreleased lines on top, then dated versions', () => {
    const titles = [...own.matchAll(/^## (.*)$/gm)].map(([, title]) => title!);
    expect(titles[0]).toBe('Unreleased');
    expect(titles.slice(1).every((title) => /^\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}$/.test(title))).toBe(true);
    expect(titles.length).toBeGreaterThan(1);
  });
});
