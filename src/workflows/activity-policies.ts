/**
 * Timeouts and retries of activities, one proxy per class of work. Runs inside the workflow sandbox; imports only the
 * types of the activities.
 *
 * Transient failures are retried without end (a tracking server may be down for a night), user and data failures carry
 * `nonRetryable` from the error catalogue and end the step at once. Heartbeats, not timeouts, notice dead workers.
 */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ActivityInterfaceFor } from '@temporalio/workflow';

import type { Activities } from '../activities/activities.js';

/** How long a silent worker counts as alive when a run does not say, milliseconds. */
export const defaultHeartbeatTimeoutMs = 30_000;

const retry = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;

type Proxy = ActivityInterfaceFor<Activities>;

/** The activities, by class of work. */
export interface ActivityProxies {
  /** Questions and small writes. */
  readonly quick: Proxy;
  /** Reading from the source, processing, staging. */
  readonly copying: Proxy;
  /** Merges and profiles: long statements in the warehouse. */
  readonly heavy: Proxy;
}

/** @param heartbeatTimeoutMs after so long without a sign of life an attempt is given to another worker */
export function activitiesWith(heartbeatTimeoutMs: number = defaultHeartbeatTimeoutMs): ActivityProxies {
  // Said aloud, whatever the default: a clean-up must not begin while a cancelled attempt still writes.
  const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;
  const shared = { heartbeatTimeout: heartbeatTimeoutMs, cancellationType, retry };
  return {
    quick: proxyActivities<Activities>({ startToCloseTimeout: '5 minutes', ...shared }),
    copying: proxyActivities<Activities>({ startToCloseTimeout: '30 minutes', ...shared }),
    heavy: proxyActivities<Activities>({ startToCloseTimeout: '2 hours', ...shared }),
  };
}
