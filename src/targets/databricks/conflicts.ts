/** Trying again when another writer was faster. Imports the catalogue only. */
import { setTimeout as pause } from 'node:timers/promises';
import { TraceliftError } from '../../errors/index.js';

const maxAttempts = 5;
const firstDelayMs = 250;

/**
 * Repeats a step that lost against another writer of the same table: nothing of it was committed then. After five
 * attempts the error goes on to whoever can wait longer. For idempotent steps only.
 */
export async function retryConflicts<T>(step: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step();
    } catch (failure) {
      const isConflict = failure instanceof TraceliftError && failure.code === 'WarehouseBusy';
      if (!isConflict || attempt >= maxAttempts) throw failure;
      // Half of the wait is left to chance, so that two writers do not meet again.
      const delayMs = firstDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      await pause(delayMs, undefined, signal && { signal });
    }
  }
}
