/** Posts run events to a webhook. */
import { TraceliftError } from '../errors/index.js';
import type { RunEvent } from '../copy/close/messages.js';
import type { Log } from '../log.js';
import { createHttpClient } from './http-client.js';

const timeoutMs = 15_000;

/**
 * A function that posts an event as JSON and wants a 2xx answer. One attempt: the caller's workflow repeats it.
 * @param url may hold a token, or a name and a password, which are sent as Basic authentication; none of it appears in
 *   logs or errors, only the host does
 * @throws WebhookFailed
 */
export function webhookNotifier(url: string, log: Log): (event: RunEvent) => Promise<void> {
  const { origin, host, pathname, search, username, password } = new URL(url);
  const authorization = basicAuthorization(username, password);
  const client = createHttpClient({
    baseUrl: origin,
    headers: () => Promise.resolve(authorization),
    requestTimeoutMs: timeoutMs,
    retry: { maxAttempts: 1 },
    log: { ...log, debug: () => {} },
    toError: ({ reason }) => new TraceliftError('WebhookFailed', { host, reason }),
  });
  return async (event) => {
    const answer = await client.send({
      method: 'POST',
      path: pathname,
      // As it was written: names may come twice, and a service may have signed it.
      ...(search === '' ? {} : { secretQuery: search.slice(1) }),
      body: JSON.stringify(event),
    });
    if (answer.status < 200 || answer.status > 299) {
      throw new TraceliftError('WebhookFailed', { host, reason: `status ${String(answer.status)}` });
    }
  };
}

/** What a browser makes of `https://name:password@host`; nothing where the address has neither. */
function basicAuthorization(username: string, password: string): Record<string, string> {
  if (username === '' && password === '') return {};
  const credentials = [username, password].map(decodedOrAsWritten).join(':');
  return { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** A `%` that begins no code is a character of the password. */
function decodedOrAsWritten(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) => {
    try {
      return decodeURIComponent(codes);
    } catch {
      // Bytes that are no UTF-8: somebody typed them as they are.
      return codes;
    }
  });
}
