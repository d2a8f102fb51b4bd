/** Tells the configured webhook how a run ended. */
import type { RunEvent } from './messages.js';
import type { ActivityDependencies } from '../dependencies.js';
import { alive } from '../run-guard.js';

/** Does nothing where no webhook is configured. @throws WebhookFailed (transient) */
export function notifyRun(dependencies: ActivityDependencies, event: RunEvent): Promise<void> {
  return alive(async () => dependencies.notify?.(event));
}
