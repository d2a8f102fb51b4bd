/**
 * Moves recorded traces in time, so that a recording is always recent. By whole days, so that the hours of the day
 * stay. Pure; imports types.
 */
import type { RecordedTrace, Recording } from './recorded-store.js';

const dayMs = 86_400_000;

/** The newest trace starts less than a day before `newestMs`, epoch milliseconds. */
export function moveTo(recording: Recording, newestMs: number): Recording {
  const recordedNewestMs = Math.max(...recording.traces.map((trace) => trace.startMs));
  const shiftMs = Math.floor((newestMs - recordedNewestMs) / dayMs) * dayMs;
  return { ...recording, traces: recording.traces.map((trace) => moved(trace, shiftMs)) };
}

/**
 * Monday, 00:00 UTC, of the week of a time: a recording that is moved there stays the same for a week, so that a second
 * run finds nothing changed.
 */
export function weekStartMs(nowMs: number): number {
  const today = Math.floor(nowMs / dayMs);
  // 1970-01-01 was a Thursday, three days after a Monday.
  return (today - ((today + 3) % 7)) * dayMs;
}

function moved(trace: RecordedTrace, shiftMs: number): RecordedTrace {
  const shiftNs = BigInt(shiftMs) * 1_000_000n;
  return {
    ...trace,
    startMs: trace.startMs + shiftMs,
    infoJson: trace.infoJson.replace(
      /("(?:request_time|create_time|last_update_time)":")([^"]+)/g,
      (_, key: string, time: string) => key + new Date(Date.parse(time) + shiftMs).toISOString(),
    ),
    // Numbers of 19 digits are nanoseconds: start, end, events, and the attribute mlflow.spanStartTimeNs.
    spansJson: trace.spansJson.replace(/(?<=:)\d{19}(?=[,}])/g, (nanoseconds) => String(BigInt(nanoseconds) + shiftNs)),
  };
}
