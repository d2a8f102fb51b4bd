/**
 * Timeouts and retries of activities, one proxy per class of work. Runs inside the workflow sandbox; imports only the
 * types of the activities.
 *
 * Transient failures are retried without end (a tracking server may be down for a night), user and data failures carry
 * `nonRetryable` from the error catalogue and end the step at once. Heartbeats, not timeouts, notice dead workers.
 */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';

import type { Activities } from '../activities/activities.js';

/** After so long without a sign of life an attempt is given to another worker, milliseconds. */
const heartbeatTimeoutMs = 30_000;

const retry = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;

const shared = {
  heartbeatTimeout: heartbeatTimeoutMs,
  // Said aloud, whatever the default: a clean-up must not begin while a cancelled attempt still writes.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry,
};

/** Questions and small writes. */
export const quick = proxyActivities<Activities>({ startToCloseTimeout: '5 minutes', ...shared });

/** Reading from the source, processing, staging. */
export const copying = proxyActivities<Activities>({ startToCloseTimeout: '30 minutes', ...shared });

/** Merges and profiles: long statements in the warehouse. */
export const heavy = proxyActivities<Activities>({ startToCloseTimeout: '2 hours', ...shared });
