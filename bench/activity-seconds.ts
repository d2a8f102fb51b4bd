/** How long the activities of a kind took, by Temporal's own history. */
import type { Client } from '@temporalio/client';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type HistoryEvent = NonNullable<History['events']>[number];

const timeOf = ({ eventTime }: HistoryEvent): number => Number(eventTime?.seconds) + (eventTime?.nanos ?? 0) / 1e9;

/** Seconds between start and end of each attempt that completed, added up over a workflow and the runs that continued it. */
export async function activitySeconds(client: Client, workflowId: string, activity: string): Promise<number> {
  let sum = 0;
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    sum += secondsOf(events ?? [], activity);
  }
  return sum;
}

function secondsOf(events: readonly HistoryEvent[], activity: string): number {
  const byId = new Map(events.map((event) => [String(event.eventId), event]));
  let sum = 0;
  for (const event of events) {
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed == null) continue;
    const scheduled = byId.get(String(completed.scheduledEventId))?.activityTaskScheduledEventAttributes;
    const started = byId.get(String(completed.startedEventId));
    if (started !== undefined && scheduled?.activityType?.name === activity) sum += timeOf(event) - timeOf(started);
  }
  return sum;
}
