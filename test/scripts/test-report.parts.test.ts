import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '../imports.js';

interface Report {
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
  readonly reasons: ReadonlyMap<string, number>;
}

const { readReport } = (await import(pathToFileURL(join(root, 'scripts', 'test-report.mjs')).href)) as {
  readReport: (file: string) => Report;
};
const folder = mkdtempSync(join(tmpdir(), 'tracelift-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function report(testResults: object[]): Report {
  const file = join(folder, 'report.json');
  writeFileSync(file, JSON.stringify({ testResults }));
  return readReport(file);
}

function test(fullName: string, status: string): object {
  return { fullName, status };
}

describe('the counts of a test run', () => {
  it('the counts of a test run are over test cases, whatever kind of skip', () => {
    const assertionResults = [test('a', 'passed'), test('b', 'failed'), test('c', 'pending'), test('d', 'todo')];
    const found = report([{ name: 'x.test.ts', status: 'failed', assertionResults }]);
    expect(found).toMatchObject({ passed: 1, failures: ['b'], skipped: 2 });
  });

  it('the counts of a test run count a file that cannot be loaded as a failure', () => {
    const found = report([{ name: 'x.test.ts', status: 'failed', assertionResults: [] }]);
    expect(found.failures).toEqual(['x.test.ts could not be loaded']);
  });

  it('the counts of a test run count a hook that fails after all its tests passed as a failure', () => {
    const found = report([{ name: 'x.test.ts', status: 'failed', assertionResults: [test('a', 'passed')] }]);
    expect(found.failures).toEqual(['x.test.ts: a hook failed']);
  });

  it('the counts of a test run give every reason of a skip once, with how many tests it took', () => {
    const assertionResults = [
      test('source [skipped: mlflow: no Python] reads', 'skipped'),
      test('source [skipped: mlflow: no Python] counts', 'skipped'),
    ];
    const found = report([{ name: 'x.test.ts', status: 'passed', assertionResults }]);
    expect([...found.reasons]).toEqual([['mlflow: no Python', 2]]);
  });

  it('there are no counts of a test run where vitest wrote no report', () => {
    expect(readReport(join(folder, 'none.json'))).toMatchObject({ passed: 0, failures: [], skipped: 0 });
  });
});
