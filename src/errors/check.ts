/** What trying a setting, a connection or a right found. Every doctor works and answers in this form. Pure. */
import { errorCatalogue, fillPlaceholders, type TraceliftError } from './index.js';

export type CheckState = 'ok' | 'warning' | 'failed' | 'skipped';

/** One thing that was tried. */
export interface Check {
  readonly name: string;
  readonly state: CheckState;
  /** What was found. */
  readonly detail: string;
  /** What to do about it; null where nothing is to be done. */
  readonly remedy: string | null;
}

/** A check before it has its name. */
export type Finding = Omit<Check, 'name'>;

/** How one thing is tried. */
export interface Examination<Subject> {
  readonly name: string;
  /** Names of earlier examinations without which this one says nothing new. */
  readonly needs: readonly string[];
  readonly run: (subject: Subject) => Promise<Finding> | Finding;
}

/**
 * Tries everything in order; what needs something that failed or was skipped is skipped. `findingOf` says what a thrown
 * failure means; what it throws itself surfaces.
 */
export async function examineAll<Subject, One extends Examination<Subject>>(
  examinations: readonly One[],
  subject: Subject,
  findingOf: (failure: unknown, examination: One) => Finding,
): Promise<Check[]> {
  const unknown = new Set<string>();
  const checks: Check[] = [];
  for (const examination of examinations) {
    const { name, needs } = examination;
    const blocker = needs.find((need) => unknown.has(need));
    const finding = blocker === undefined ? await tried(examination, subject, findingOf) : skipped(`needs: ${blocker}`);
    if (finding.state === 'failed' || finding.state === 'skipped') unknown.add(name);
    checks.push({ name, ...finding });
  }
  return checks;
}

async function tried<Subject, One extends Examination<Subject>>(
  examination: One,
  subject: Subject,
  findingOf: (failure: unknown, examination: One) => Finding,
): Promise<Finding> {
  try {
    return await examination.run(subject);
  } catch (failure) {
    return findingOf(failure, examination);
  }
}

export const ok = (detail: string): Finding => ({ state: 'ok', detail, remedy: null });
export const skipped = (detail: string): Finding => ({ state: 'skipped', detail, remedy: null });
export const warning = (detail: string, remedy: string): Finding => ({ state: 'warning', detail, remedy });
export const failed = (detail: string, remedy: string): Finding => ({ state: 'failed', detail, remedy });

/** An error of the catalogue as a finding: what went wrong, and the next step. */
export function failedBy(error: TraceliftError): Finding {
  const { what, nextStep } = errorCatalogue[error.code];
  return failed(
    `${error.code}: ${fillPlaceholders(what, error.parameters)}`,
    fillPlaceholders(nextStep, error.parameters),
  );
}
