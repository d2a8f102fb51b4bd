/** Prints the state of runs and tables. Loads nothing. */
import type { WindowRow } from '../../tables/rows.js';
import type { RunLine, StatusModel } from '../commands/status.js';
import { progressText } from '../terminal/progress.js';
import { count, duration, instant, pairs, plural, textTable, type Paint } from '../terminal/text.js';

export function statusView(model: StatusModel, nowMs: number, paint: Paint): string {
  return [temporalPart(model, nowMs, paint), tablesPart(model, paint)].join('\n\n');
}

function temporalPart({ temporal }: StatusModel, nowMs: number, paint: Paint): string {
  if (temporal === null) {
    return `${paint.bold('runs')}  no Temporal server runs for this data folder, and TEMPORAL_ADDRESS names none`;
  }
  const ui = temporal.uiUrl === null ? '' : `, Web UI ${temporal.uiUrl}`;
  const workers = temporal.workers === 0 ? paint.yellow('no worker polls') : plural(temporal.workers, 'worker');
  const head = `${paint.bold('runs')}  Temporal ${temporal.address} (${temporal.namespace}${ui}); task queue ${temporal.taskQueue}: ${workers}`;
  if (temporal.runs.length === 0) return `${head}\nnone yet`;
  const rows = temporal.runs.map((run) => [
    statusWord(run.status, paint),
    run.type,
    run.workflowId,
    instant(run.startedMs),
    duration((run.closedMs ?? nowMs) - run.startedMs),
    run.progress === null ? '' : progressText(run.progress),
  ]);
  return `${head}\n${textTable(['state', 'type', 'workflow id', 'started', 'took', 'progress'], rows, paint)}`;
}

function statusWord(status: RunLine['status'], paint: Paint): string {
  if (status === 'running') return paint.cyan(status);
  return status === 'completed' ? paint.green(status) : paint.red(status);
}

function tablesPart(model: StatusModel, paint: Paint): string {
  const head = `${paint.bold('tables')}  ${model.target.location} (target ${model.target.name})`;
  if (model.tables === null) return `${head}\n${model.tablesProblem ?? 'cannot be read'}`;
  const { summary, windows } = model.tables;
  const facts = pairs(
    [
      ['traces', `${count(summary.traces)}, ${count(summary.errorTraces)} of them failed at the application`],
      ['from', `${instant(summary.firstStartMs)} to ${instant(summary.lastStartMs)}`],
      ['tokens', `${count(summary.inputTokens)} in, ${count(summary.outputTokens)} out`],
      ['dead letters', count(summary.openDeadLetters)],
    ],
    paint,
  );
  return `${head}\n${facts}\n\n${paint.bold('windows')}, newest first\n${ledgerTable(windows, paint)}`;
}

function ledgerTable(windows: readonly WindowRow[], paint: Paint): string {
  if (windows.length === 0) return 'none yet';
  const head = ['verdict', 'experiment', 'from', 'to', 'listed', 'landed', 'changed', 'dead', 'missing', 'extra'];
  const rows = windows.map((row) => [
    verdictWord(row.state, paint),
    row.experiment_id,
    instant(Number(row.from_ms)),
    instant(Number(row.to_ms)),
    ...[row.listed, row.landed, row.changed, row.dead_lettered, row.missing, row.extra].map(count),
  ]);
  return textTable(head, rows, paint, [4, 5, 6, 7, 8, 9]);
}

function verdictWord(state: string, paint: Paint): string {
  if (state === 'complete') return paint.green(state);
  return state === 'moving' ? paint.cyan(state) : paint.red(state);
}
