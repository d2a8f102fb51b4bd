/** Posts run events to a webhook. */
import { TraceliftError } from '../errors/index.js';
import type { RunEvent } from '../copy/close/messages.js';
import type { Log } from '../log.js';
import { createHttpClient } from './http-client.js';

const timeoutMs = 15_000;

/**
 * A function that posts an event as JSON and wants a 2xx answer. One attempt: the caller's workflow repeats it.
 * @param url may hold a token: it never appears in logs or errors, only its host does
 * @throws WebhookFailed
 */
export function webhookNotifier(url: string, log: Log): (event: RunEvent) => Promise<void> {
  const { origin, host, pathname, searchParams } = new URL(url);
  const client = createHttpClient({
    baseUrl: origin,
    headers: () => Promise.resolve({}),
    requestTimeoutMs: timeoutMs,
    retry: { maxAttempts: 1 },
    log: { ...log, debug: () => {} },
    toError: ({ reason }) => new TraceliftError('WebhookFailed', { host, reason }),
  });
  return async (event) => {
    const answer = await client.send({
      method: 'POST',
      path: pathname,
      query: Object.fromEntries(searchParams),
      body: JSON.stringify(event),
    });
    if (answer.status < 200 || answer.status > 299) {
      throw new TraceliftError('WebhookFailed', { host, reason: `status ${String(answer.status)}` });
    }
  };
}
