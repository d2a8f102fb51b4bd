import { chmodSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makePrivateFolder } from '../../src/wiring/private-folder.js';

const place = mkdtempSync(join(tmpdir(), 'tracelift-private-'));
const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

it('a data folder that is made is for its user alone, with the folders above it', () => {
  const folder = join(place, 'new', 'data');
  makePrivateFolder(folder);
  expect(modeOf(folder)).toBe('700');
});

it('a data folder that others could read is closed to them', () => {
  const folder = join(place, 'open');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  makePrivateFolder(folder);
  expect(modeOf(folder)).toBe('700');
});

it('a folder that everybody shares, such as /tmp, keeps its rights', () => {
  const folder = join(place, 'shared');
  mkdirSync(folder);
  chmodSync(folder, 0o1777);
  makePrivateFolder(folder);
  expect(modeOf(folder)).toBe('1777');
});

it('a data folder that cannot be made is named, with the reason and the setting', () => {
  const file = join(place, 'file');
  writeFileSync(file, '');
  expect(() => makePrivateFolder(join(file, 'data'))).toThrow(/file\/data.* ENOTDIR.*TRACELIFT_DATA/s);
});
