/** Statements that end when a signal says so. Imports the DuckDB client's types only. */
import type { DuckDBConnection } from '@duckdb/node-api';

const repeatEveryMs = 20;

/**
 * Runs `work` on the connection; when the signal is aborted, its statement is interrupted and the signal's reason
 * thrown. Interrupts are repeated until the work ends: one that comes before a queued statement begins is forgotten.
 */
export async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return work();
  signal.throwIfAborted();
  let repeating: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    repeating = setInterval(() => connection.interrupt(), repeatEveryMs);
  };
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await work();
  } catch (failure) {
    signal.throwIfAborted();
    throw failure;
  } finally {
    clearInterval(repeating);
    signal.removeEventListener('abort', interrupt);
  }
}
