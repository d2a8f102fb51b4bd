/** The result of a copying run, and of the monitor, as text. Pure. */
import type { MonitorOutcome, RunResult } from '../workflows/contract.js';
import type { CopyModel } from './copying.js';
import { beyondEndRows, rangeText } from './terminal/range.js';
import { count, duration, pairs, plural, type Paint } from './terminal/text.js';

/** Receipt of a finished run, or how to follow a started one. */
export function copyText(model: CopyModel, paint: Paint): string {
  if (model.result === null) {
    return [
      `${paint.green('started')}  ${model.workflowId}`,
      pairs(
        [
          ['first run id', model.firstRunId],
          ['server', model.server.address],
          ['follow it', 'tracelift status'],
        ],
        paint,
      ),
    ].join('\n');
  }
  return `${receipt(model.result, paint)}\n${pairs(
    [
      ['tables', `${model.target.location} (target ${model.target.name})`],
      ['time', duration(model.elapsedMs)],
    ],
    paint,
  )}`;
}

/** One line with the verdict, then the counts. */
export function receipt(result: RunResult, paint: Paint): string {
  const { totals } = result;
  const verdict = totals.missing === 0 ? paint.green('complete') : paint.red(`${count(totals.missing)} missing`);
  const headline = `${verdict}  ${result.experimentName} (experiment ${result.experimentId}, ${result.sourceId})`;
  const rows: [string, string][] = [
    ['range', rangeText(result.fromMs, result.toMs, result.askedToMs)],
    ['traces', `${count(totals.listed)} listed, ${count(totals.landed)} landed, ${count(totals.missing)} missing`],
    [
      'changes',
      `${count(totals.inserted)} new, ${count(totals.updated)} updated, ${count(totals.unchanged)} unchanged`,
    ],
    [
      'dead letters',
      totals.deadLettered === 0 ? '0' : paint.yellow(`${count(totals.deadLettered)} (tracelift dead-letters list)`),
    ],
    [
      'work',
      `${plural(totals.windows, 'window')}, ${plural(totals.spans, 'span')}, ${plural(totals.batches, 'batch', 'batches')}`,
    ],
    ['monitor', monitorText(result.monitor)],
    ['receipt', result.receiptPath],
  ];
  if (result.beyondEnd === null) {
    const command = `tracelift plan --experiment ${result.experimentId}`;
    rows.push(['beyond the end', `not looked for, the source did not answer when the run ended: \`${command}\` does`]);
  } else rows.push(...beyondEndRows(result.beyondEnd, paint));
  if (result.otherVersions > 0) {
    const traces = plural(result.otherVersions, 'trace');
    const what = `${traces} in the tables were made by other rules (encoding, dimensions, metrics, user ids)`;
    const command = `tracelift backfill --experiment ${result.experimentId} --reprocess`;
    rows.push(['other rules', paint.yellow(`${what}: \`${command}\` makes them anew from raw`)]);
  }
  if (totals.lateSpans > 0) rows.push(['late spans', paint.yellow(lateSpansText(result))]);
  if (totals.extra > 0) rows.push(['extra', `${count(totals.extra)} landed that the source no longer has`]);
  if (totals.columnsOverLimit > 0) {
    rows.push([
      'columns',
      paint.yellow(`${count(totals.columnsOverLimit)} metrics beyond the limit stay in the assessments table`),
    ]);
  }
  return `${headline}\n${pairs(rows, paint)}`;
}

function lateSpansText({ totals, experimentId }: RunResult): string {
  const spans = `${plural(totals.lateSpans, 'span')} came after their traces were read`;
  return `${spans}; the next run reads young traces again, \`tracelift reconcile --experiment ${experimentId} --deep --repair\` all of them`;
}

/** State of the monitor and what was done to it. */
export function monitorText(monitor: MonitorOutcome | null): string {
  if (monitor === null) return 'left alone';
  const written = monitor.rowsWritten === null ? '' : `, ${count(monitor.rowsWritten)} metric rows written`;
  return `${monitor.state}, ${monitor.action}${written}`;
}
