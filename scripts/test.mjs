/**
 * Every check of the project, on a fresh clone too. `node scripts/test.mjs [--fast | --without-spark]`
 *
 * `--fast`: lint, types and unit tests, no servers. `--without-spark`: all but the tests on Spark and Delta, which take
 * half of the time; they are skipped by themselves where there is no Java or Python. The last line is
 * `N passed, N failed, N skipped`, over all test cases and one case for each check that is not a test.
 * `TRACELIFT_REQUIRE=temporal,mlflow,spark` turns the skips of tests without their server into failures.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setUp } from './setup.mjs';
import { root, run, say, tool } from './steps.mjs';
import { readReport } from './test-report.mjs';

const fast = process.argv.includes('--fast');
/**
 * Projects that may run side by side, each lane one after the other: servers mostly wait for each other, Spark mostly
 * computes. What the second lane prints is kept until it ends, so that lines of two runs never mix.
 */
const lanes = [['parts', 'servers', 'compat'], ...(process.argv.includes('--without-spark') ? [] : [['spark']])];
const started = Date.now();
const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
/** Reason of a skip -> number of tests. */
const skips = new Map();

await setUp();
await runChecks();
await runProject('unit');
if (!fast) await Promise.all(lanes.map((lane) => runLane(lane)));
printSummary();
process.exitCode = total.failed === 0 ? 0 : 1;

/** Lint, format and types at the same time; what they print comes one after the other, and only when they fail. */
async function runChecks() {
  heading(fast ? 'lint, format, types' : 'lint, format, types, build');
  const cache = (name) => join(root, 'node_modules', '.cache', name);
  const checks = [
    [
      'eslint',
      tool('eslint', 'bin/eslint.js'),
      ['.', '--max-warnings', '0', '--cache', '--cache-location', cache('eslint/')],
    ],
    [
      'prettier',
      tool('prettier', 'bin/prettier.cjs'),
      ['--check', '--log-level', 'warn', '.', '--cache', '--cache-location', cache('prettier-check')],
    ],
    ['unused', tool('knip', 'bin/knip.js'), ['--no-progress']],
    // What tests alone use belongs to the tests.
    ['unused by src', tool('knip', 'bin/knip.js'), ['--no-progress', '--production', '-c', 'knip.production.json']],
    ['types', tool('typescript', 'bin/tsc'), ['--noEmit', '-p', 'tsconfig.json', '--pretty', 'false']],
    ...(fast ? [] : [['build', [process.execPath, join(root, 'scripts', 'build.mjs')], []]]),
  ];
  await Promise.all(
    checks.map(async ([name, [command, ...first], args]) => {
      const { code, output } = await run(command, [...first, ...args], { quiet: true });
      if (code !== 0) say(output.trimEnd());
      say(`${code === 0 ? 'passed' : 'FAILED'}: ${name}`);
      total[code === 0 ? 'passed' : 'failed'] += 1;
      if (code !== 0) failures.push(name);
    }),
  );
}

async function runLane(lane) {
  for (const project of lane) await runProject(project, { quiet: lane !== lanes[0] });
}

/** One vitest project; the report is read for the counts, since the exit code has none. */
async function runProject(project, { quiet = false } = {}) {
  heading(quiet ? `tests: ${project}, printed when they have ended` : `tests: ${project}`);
  const reportFile = join(root, 'node_modules', '.cache', `tests-${project}.json`);
  rmSync(reportFile, { force: true });
  const [node, vitest] = tool('vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const args = [vitest, 'run', '--project', project, '--passWithNoTests', ...reporters];
  const { code, output } = await run(node, args, { quiet });
  if (quiet) {
    heading(`tests: ${project}, ended`);
    say(output.trimEnd());
  }
  const report = readReport(reportFile);
  total.passed += report.passed;
  total.failed += report.failures.length;
  total.skipped += report.skipped;
  failures.push(...report.failures.map((name) => `${project}: ${name}`));
  for (const [reason, count] of report.reasons) skips.set(reason, (skips.get(reason) ?? 0) + count);
  if (code === 0 || report.failures.length > 0) return;
  total.failed += 1;
  failures.push(`${project}: vitest ended with exit code ${code} though no test failed (an error outside the tests)`);
}

function heading(text) {
  const seconds = Math.round((Date.now() - started) / 1000);
  say(`\n=== ${text} (${seconds} s) ${'='.repeat(Math.max(3, 60 - text.length))}`);
}

function printSummary() {
  heading('summary');
  for (const [reason, count] of skips) say(`skipped ${count}: ${reason}`);
  for (const name of failures) say(`failed: ${name}`);
  process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
}
