/**
 * Timeouts and retries of activities, one proxy per class of work. Runs inside the workflow sandbox; imports only the
 * types of the activities.
 *
 * Transient failures are retried without end (a tracking server may be down for a night), user and data failures carry
 * `nonRetryable` from the error catalogue and end the step at once. Heartbeats, not timeouts, notice dead workers.
 */
import { proxyActivities } from '@temporalio/workflow';

import type { Activities } from '../activities/activities.js';

const retry = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;

/** Questions and small writes. */
export const quick = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  retry,
});

/** Reading from the source, processing, staging. */
export const copying = proxyActivities<Activities>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  retry,
});

/** Merges and profiles: long statements in the warehouse. */
export const heavy = proxyActivities<Activities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '60 seconds',
  retry,
});
