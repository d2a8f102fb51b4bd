/** Whether the SQL warehouse runs, and starting it. Imports the REST client. */
import { setTimeout as pause } from 'node:timers/promises';
import { TraceliftError } from '../../errors/index.js';
import type { Log } from '../../log.js';
import type { DatabricksRest } from './rest-client.js';
import { refusal } from './rest-failures.js';

/** Serverless warehouses start in seconds, classic ones in minutes. */
const startTimeoutMs = 10 * 60_000;

export interface WarehouseStateOptions {
  readonly rest: DatabricksRest;
  readonly warehouseId: string;
  readonly log: Log;
  /** Between two looks, milliseconds. Default 5,000. */
  readonly pollMs?: number;
  readonly signal?: AbortSignal;
}

/** https://docs.databricks.com/api/workspace/warehouses */
const api = (warehouseId: string): string => `/api/2.0/sql/warehouses/${encodeURIComponent(warehouseId)}`;

/**
 * Starts a stopped warehouse and waits until it runs. Without the right to see it, nothing is done: the first
 * statement starts it as well, only silently.
 * @throws WarehouseObjectMissing, WarehouseUnreachable after 10 minutes
 */
export async function untilRunning(options: WarehouseStateOptions): Promise<void> {
  const { rest, warehouseId, log, pollMs = 5_000, signal } = options;
  const deadlineMs = Date.now() + startTimeoutMs;
  let isAnnounced = false;
  for (;;) {
    const state = await warehouseState(rest, warehouseId, signal);
    if (state === null || state === 'RUNNING') return;
    if (!isAnnounced) log.info('The SQL warehouse does not run; it is started', { warehouse: warehouseId, state });
    isAnnounced = true;
    if (state === 'STOPPED' || state === 'STOPPING') await start(rest, warehouseId, signal);
    if (Date.now() > deadlineMs) {
      const reason = `the SQL warehouse ${warehouseId} is still ${state} after 10 minutes`;
      throw new TraceliftError('WarehouseUnreachable', { location: rest.url, reason });
    }
    await pause(pollMs, undefined, signal && { signal });
  }
}

/** RUNNING, STARTING, STOPPED, …; null where one may not see it. @throws WarehouseObjectMissing */
export async function warehouseState(
  rest: DatabricksRest,
  warehouseId: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const doing = `looking at the SQL warehouse ${warehouseId}`;
  const answer = await rest.send({ method: 'GET', path: api(warehouseId), doing, ...(signal && { signal }) });
  if (answer.status === 403) return null;
  if (answer.status === 404 || answer.status === 400) {
    const reason = answer.message === '' ? 'the SQL warehouse does not exist' : answer.message.slice(0, 200);
    throw new TraceliftError('WarehouseObjectMissing', { location: rest.url, doing, reason });
  }
  if (!answer.isOk) throw refusal(rest.url, answer, doing);
  const { state } = answer.json;
  return typeof state === 'string' ? state : null;
}

async function start(rest: DatabricksRest, warehouseId: string, signal?: AbortSignal): Promise<void> {
  const doing = `starting the SQL warehouse ${warehouseId}`;
  const answer = await rest.send({
    method: 'POST',
    path: `${api(warehouseId)}/start`,
    doing,
    ...(signal && { signal }),
  });
  // Whoever may use a warehouse may start it by a statement, even without the right to this call.
  if (answer.status === 403) return;
  if (!answer.isOk) throw refusal(rest.url, answer, doing);
}

/** Id of a warehouse out of its HTTP path; null for the path of a cluster. */
export function warehouseIdOf(httpPath: string): string | null {
  return /^\/?sql\/(?:1\.0|protocolv1)\/(?:warehouses|endpoints)\/([^/?]+)/.exec(httpPath)?.[1] ?? null;
}
