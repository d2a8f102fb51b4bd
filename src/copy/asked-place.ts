/**
 * Whether a worker serves what a command is configured for. Workers of several installations may poll one task queue;
 * names such as `default` and `local` mean something else to each.
 */
import { TraceliftError } from '../errors/index.js';
import type { StepAttempt } from './attempt.js';
import type { OpenTarget } from './dependencies.js';
import { targetIdOf } from './fingerprint.js';
import type { AskedPlace } from './run.js';

/** How often a step is offered to the other workers of the queue: half a minute, since the right one may be at work. */
const patientAttempts = 12;

/**
 * @param sourceId null for a step that reads no source
 * @throws WrongWorker, so that another worker of the queue gets the step; OtherInstallation where none takes it
 */
export function refuseOtherPlace(
  asked: AskedPlace,
  here: { readonly sourceId: string | null; readonly target: OpenTarget },
  { attempt }: Pick<StepAttempt, 'attempt'>,
): void {
  const { sourceId, target } = here;
  const isSource = asked.sourceId === undefined || sourceId === null || asked.sourceId === sourceId;
  const { location } = target.warehouse;
  if (isSource && (asked.targetId === undefined || asked.targetId === targetIdOf(location))) return;
  const source = sourceId === null ? '' : `the source ${sourceId} and `;
  const served = `${source}the tables ${location}`;
  if (attempt >= patientAttempts) throw new TraceliftError('OtherInstallation', { here: served });
  const wanted = `${asked.sourceId === undefined ? '' : `the source ${asked.sourceId} and `}other tables or sources`;
  throw new TraceliftError('WrongWorker', { here: served, wanted }, { retryAfterMs: 500 * attempt });
}
