/** Reads the JSON report of vitest. No dependencies. */
import { existsSync, readFileSync } from 'node:fs';

/**
 * Counts over every test case of a report. A file that could not be loaded has no cases and counts as one failure.
 *
 * @param {string} file
 * @returns {{ passed: number, skipped: number, failures: string[], reasons: Map<string, number> }} reasons: why tests
 *   were skipped, taken from the `[skipped: …]` in their names
 */
export function readReport(file) {
  const files = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).testResults : [];
  const cases = files.flatMap((result) => result.assertionResults);
  const unloaded = files.filter((result) => result.status === 'failed' && result.assertionResults.length === 0);
  // A failing hook fails the file though no case of it failed.
  const inHooks = files.filter(
    (result) =>
      result.status === 'failed' &&
      result.assertionResults.length > 0 &&
      !result.assertionResults.some((test) => test.status === 'failed'),
  );
  const skipped = cases.filter((test) => !['passed', 'failed'].includes(test.status));
  const reasons = new Map();
  for (const test of skipped) {
    const reason = reasonOf(test.fullName);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return {
    passed: cases.filter((test) => test.status === 'passed').length,
    skipped: skipped.length,
    failures: [
      ...cases.filter((test) => test.status === 'failed').map((test) => test.fullName),
      ...unloaded.map((result) => `${result.name} could not be loaded`),
      ...inHooks.map((result) => `${result.name}: a hook failed`),
    ],
    reasons,
  };
}

function reasonOf(name) {
  const start = name.indexOf('[skipped: ');
  if (start === -1) return `${name} (its reason is printed above)`;
  return name.slice(start + '[skipped: '.length, name.lastIndexOf(']'));
}
