/** Timeouts and waits that obey an abort signal and leave no listener behind. Imports nothing of the project. */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export interface LinkedTimeout {
  /** Aborted by the parent signal or when the time is over. */
  readonly signal: AbortSignal;
  /** Removes the timer and the listener. */
  clear(): void;
}

/** AbortSignal.any would keep one entry per request on a signal that lives as long as a run. */
export function linkedTimeout(timeoutMs: number, parent?: AbortSignal): LinkedTimeout {
  const controller = new AbortController();
  const abort = (): void => controller.abort(parent?.reason);
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  if (parent?.aborted === true) abort();
  parent?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      parent?.removeEventListener('abort', abort);
    },
  };
}

/** Waits; rejects with the signal's reason when aborted meanwhile. */
export async function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(delayMs, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(): void;
  /** Removes the listener. */
  clear(): void;
}

/** A signal of one's own that also follows the parent's. */
export function linkedAbort(parent?: AbortSignal): LinkedAbort {
  const controller = new AbortController();
  // Every request under way listens; Node would take more than ten for a leak.
  setMaxListeners(0, controller.signal);
  const follow = (): void => controller.abort(parent?.reason);
  if (parent?.aborted === true) follow();
  parent?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort: () => controller.abort(),
    clear: () => parent?.removeEventListener('abort', follow),
  };
}

/** The promise's outcome, unless the signal is aborted first: then its reason. The work behind the promise goes on. */
export async function abandonable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
