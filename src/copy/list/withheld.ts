/**
 * Assessments that a listing no longer shows, where that says more about the reader than about the traces: a role or
 * token that changed, another replica, a filter before the server. Pure.
 */

/** Below this many traces a loss is believed: small numbers shrink for good reasons. */
const withheldFloor = 10;

/** What one trace of a page shows, and what the tables hold. */
export interface ShownAssessments {
  readonly traceId: string;
  /** Valid assessments that the source shows now. */
  readonly shown: number;
  /** Valid assessments in the tables, in the version that was landed; equal to `shown` where it is the same version. */
  readonly landed: number;
}

/**
 * Traces of a page whose lost assessments are to be kept: where most of the traces that had any show fewer of them.
 * Nothing is concluded then, and the traces stay as they are in the tables.
 */
export function withheldTraces(page: readonly ShownAssessments[]): ReadonlySet<string> {
  const assessed = page.filter(({ landed }) => landed > 0);
  const lost = assessed.filter(({ shown, landed }) => shown < landed);
  const isSuspect = lost.length >= withheldFloor && lost.length > assessed.length / 2;
  return new Set(isSuspect ? lost.map(({ traceId }) => traceId) : []);
}
