/** Timeouts and waits that obey an abort signal and leave no listener behind. Imports nothing of the project. */

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
export function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, delayMs);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
