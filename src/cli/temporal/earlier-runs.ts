/** Runs whose ids hold names alone, as earlier versions made them: whose they are, only their histories tell. */
import { isGrpcServiceError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Installation } from '../../wiring/installation.js';
import type { TaskQueue } from './pollers.js';

/** The preparation of a run is among its first events, or in the argument of one that continued as new. */
const firstEvents = 60;

/** `unknown`: it is not prepared yet, or nobody can read it. */
export type RunOwner = 'ours' | 'others' | 'unknown';

/** Whose run a workflow is, by the source and the tables that it was prepared for. */
export async function ownerOfRun(
  { client, namespace }: Pick<TaskQueue, 'client' | 'namespace'>,
  workflowId: string,
  installation: Installation,
): Promise<RunOwner> {
  const request = { namespace, execution: { workflowId }, maximumPageSize: firstEvents };
  const { history } = await client.workflowService
    .getWorkflowExecutionHistory(request)
    // A run that the server has forgotten tells nothing.
    .catch((error: unknown) => {
      if (isNotFound(error)) return { history: null };
      throw error;
    });
  const payloads = (history?.events ?? []).flatMap((event) => [
    ...(event.workflowExecutionStartedEventAttributes?.input?.payloads ?? []),
    ...(event.activityTaskCompletedEventAttributes?.result?.payloads ?? []),
  ]);
  for (const payload of payloads) {
    const owner = ownerOf(readPayload(payload), installation);
    if (owner !== 'unknown') return owner;
  }
  return 'unknown';
}

/** https://grpc.io/docs/guides/status-codes/ */
const notFound = '5';

function isNotFound(error: unknown): boolean {
  return isGrpcServiceError(error) && String(error.code) === notFound;
}

/** Earlier versions knew no codec: what is not plain JSON is not theirs. */
function readPayload(payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0]): unknown {
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return null;
  }
}

/** A prepared run, also inside of what a run carries on, a prepared rebuild, or the description of a target. */
function ownerOf(value: unknown, installation: Installation): RunOwner {
  if (!isPlainObject(value)) return 'unknown';
  const prepared = [value['prepared'], value['rebuild'], value].find(
    (one): one is Record<string, unknown> => isPlainObject(one) && typeof one['targetLock'] === 'string',
  );
  if (prepared === undefined) return 'unknown';
  // A worker of today may have prepared it: that says the tables themselves.
  const { targetId = null, targetLock } = prepared;
  const isTarget =
    targetId === null ? targetLock === installation.formerLock : targetId === installation.target.targetId;
  if (!isTarget) return 'others';
  const sourceId = sourceIdOf(prepared['run']);
  return sourceId === null || sourceId === installation.source?.sourceId ? 'ours' : 'others';
}

/** Null where it names none, as a rebuild. */
function sourceIdOf(run: unknown): string | null {
  const scope = isPlainObject(run) ? run['scope'] : undefined;
  const sourceId = isPlainObject(scope) ? scope['sourceId'] : undefined;
  return typeof sourceId === 'string' && sourceId !== '' ? sourceId : null;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
