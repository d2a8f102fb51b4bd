/**
 * For the tests that need real servers: skips them with the reason printed where a server cannot be had, and fails
 * them instead where `TRACELIFT_REQUIRE` names it.
 */
import { describe, inject, it } from 'vitest';

/** Parts that a machine may lack. */
export type ServerPart = 'temporal' | 'mlflow';

/** Why one of the parts is missing, or null when all are there. */
function missingReason(...parts: readonly ServerPart[]): string | null {
  const missing = inject('missing');
  const reasons = parts.flatMap((part) => (missing[part] === null ? [] : [`${part}: ${missing[part]}`]));
  return reasons.length === 0 ? null : reasons.join('; ');
}

/**
 * `describe` for tests that need these servers.
 *
 * @example describeWith(['mlflow'], 'the MLflow source', () => { const uri = mlflowUri(); … });
 */
export function describeWith(parts: readonly ServerPart[], name: string, tests: () => void): void {
  const reason = missingReason(...parts);
  if (reason === null) {
    describe(name, tests);
    return;
  }
  const required = parts.filter((part) => inject('required').includes(part));
  if (required.length > 0) {
    describe(name, () => {
      it(`has the servers that it needs (${parts.join(', ')})`, () => {
        throw new Error(`TRACELIFT_REQUIRE names ${required.join(', ')}, and it is not there. ${reason}`);
      });
    });
    return;
  }
  process.stderr.write(`skipped: ${name}: ${reason}\n`);
  describe.skip(`${name} [skipped: ${reason}]`, tests);
}

/** Address of the shared MLflow server; call it inside `describeWith(['mlflow'], …)`. */
export function mlflowUri(): string {
  return present(inject('mlflowUri'), 'mlflow');
}

/** `host:port` of the shared Temporal server; call it inside `describeWith(['temporal'], …)`. */
export function temporalAddress(): string {
  return present(inject('temporalAddress'), 'temporal');
}

/** The `temporal` command line tool, or null with an existing server and none on the PATH. */
export function temporalCliPath(): string | null {
  return inject('temporalCliPath');
}

/** A skipped `describe` still runs its body to collect the names of its tests, so this must not throw there. */
function present(value: string | null, part: ServerPart): string {
  return value ?? `http://${part}.invalid`;
}
