/** Connections to Temporal that end in order. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
} from '@temporalio/client';
import { TraceliftError } from '../../errors/index.js';

const connectTimeoutMs = 5_000;
/** The SDK waits up to 6 s before it tries a call again; the end of a command would have to wait as long. */
const longestRetryDelayMs = 2_000;

/** A connection, and how to end it. */
export interface OpenConnection {
  readonly connection: Connection;
  /** Ends calls that are under way by a failure of their own. */
  readonly close: () => Promise<void>;
}

/** @throws TemporalUnreachable */
export async function connect(address: string, namespace: string, options: ConnectionOptions): Promise<OpenConnection> {
  const retries = retriesThatEnd();
  let connection: Connection | undefined;
  const close = async (): Promise<void> => {
    await retries.end();
    await connection?.close();
  };
  try {
    const { interceptors } = retries;
    const opened = await Connection.connect({ ...options, address, interceptors, connectTimeout: connectTimeoutMs });
    connection = opened;
    await opened.withDeadline(Date.now() + connectTimeoutMs, () =>
      opened.workflowService.describeNamespace({ namespace }),
    );
    return { connection: opened, close };
  } catch (error) {
    await close();
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new TraceliftError('TemporalUnreachable', { address, namespace, reason }, { cause: error });
  }
}

/**
 * The retries of the SDK, which can be ended. The SDK tries a failed call again from a timer; on a channel that was
 * closed meanwhile that throws where nobody can catch it ("Channel has been shut down"). So no retry begins after the
 * end, and the end waits for the timers that run already.
 *
 * @param standard which failures are tried again, and when; default: as the SDK does
 */
export function retriesThatEnd(standard = defaultGrpcRetryOptions()): {
  readonly interceptors: NonNullable<ConnectionOptions['interceptors']>;
  end(): Promise<void>;
} {
  let isEnded = false;
  let lastTimerMs = 0;
  const interceptor = makeGrpcRetryInterceptor({
    retryableDecider: (attempt, status) => !isEnded && standard.retryableDecider(attempt, status),
    delayFunction: (attempt, status) => {
      const delayMs = Math.min(longestRetryDelayMs, standard.delayFunction(attempt, status));
      lastTimerMs = Math.max(lastTimerMs, performance.now() + delayMs);
      return delayMs;
    },
  });
  return {
    interceptors: [interceptor],
    async end() {
      isEnded = true;
      const leftMs = lastTimerMs - performance.now();
      // A timer that ends later is called later, also where both are late.
      if (leftMs > -1000) await pause(Math.max(1, Math.ceil(leftMs) + 1));
    },
  };
}
