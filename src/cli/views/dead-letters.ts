/** Prints single dead letters and what trying them again brought. Loads nothing. */
import type { DeadLetterModel, RetriedRun, RetryModel } from '../commands/dead-letters/retry.js';
import { count, instant, pairs, plural, type Paint } from '../terminal/text.js';

/** Everything that is known about one trace that could not be copied. */
export function deadLetterView(model: DeadLetterModel, paint: Paint): string {
  const parts = model.found.map(({ deadLetter: row, nextStep }) => {
    const facts: [string, string][] = [
      ['source', row.source_id],
      ['experiment', row.experiment_id],
      ['started', row.start_time_ms === null ? 'unknown' : instant(Number(row.start_time_ms))],
      ['failed while', row.stage],
      ['code', paint.red(row.error_code)],
      ['message', row.message],
      ['attempts', count(row.attempts)],
      ['first failed', microseconds(row.first_failed_at)],
      ['last failed', microseconds(row.last_failed_at)],
      ['next try', row.retry_after === null ? 'when the trace changes' : microseconds(row.retry_after)],
    ];
    if (nextStep !== null) facts.push(['what to do', nextStep]);
    return `${paint.bold(row.trace_id)}\n${pairs(facts, paint)}`;
  });
  const again = paint.dim(`Try it again now: tracelift dead-letters retry ${model.traceId}`);
  return [...parts, again].join('\n\n');
}

function microseconds(value: number | bigint): string {
  return instant(Number(BigInt(value) / 1000n));
}

/** What each run landed and what fails still. */
export function retryView(model: RetryModel, paint: Paint): string {
  if (model.runs.length === 0) return paint.green('No dead letters to try again.');
  return model.runs.map((run) => retriedRun(run, paint)).join('\n\n');
}

function retriedRun(run: RetriedRun, paint: Paint): string {
  const { asked, stillFailing, totals } = run;
  const landed = asked - stillFailing.length;
  const word =
    stillFailing.length === 0 ? paint.green('landed') : paint.red(`${count(stillFailing.length)} fail still`);
  const range = run.fromMs === null || run.toMs === null ? 'whole' : `${instant(run.fromMs)} to ${instant(run.toMs)}`;
  const facts: [string, string][] = [
    ['range', range],
    ['tried', `${plural(asked, 'dead letter')}, ${count(landed)} landed`],
    ['run', `${run.workflowId}: ${count(totals.listed)} listed, ${count(totals.deadLettered)} dead-lettered`],
  ];
  if (stillFailing.length > 0) facts.push(['fail still', stillFailing.slice(0, 10).join(', ')]);
  return `${word}  experiment ${run.experimentId}\n${pairs(facts, paint)}`;
}
