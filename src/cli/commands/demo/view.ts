/** Prints what the demo did and what to do next. Loads nothing. */
import type { DemoModel, DemoStopModel } from './load.js';
import { monitorText } from '../../receipt.js';
import { count, decimal, duration, instant, pairs, plural, textTable, type Paint } from '../../terminal/text.js';

/** How the user called the program, to make the next commands work when pasted. */
export interface Calling {
  /** For example `npx tracelift`. */
  readonly program: string;
  /** The demo's folder, relative to the working directory where it lies below. */
  readonly folder: string;
}

export function view(model: DemoModel, calling: Calling, paint: Paint): string {
  return [
    headline(model, paint),
    facts(model, paint),
    metricsPart(model, paint),
    nextPart(model, calling, paint),
    ...(model.kept ? [keptPart(model, calling, paint)] : []),
  ].join('\n\n');
}

function headline(model: DemoModel, paint: Paint): string {
  const { totals } = model;
  const verdict = totals.missing === 0 ? paint.green('Complete:') : paint.red('Not complete:');
  const traces = `${plural(totals.listed, 'trace')} listed, ${count(totals.landed)} landed`;
  return `${verdict} ${traces}, ${count(totals.inserted + totals.updated)} written, ${count(totals.missing)} missing.`;
}

function facts(model: DemoModel, paint: Paint): string {
  const { summary, runs } = model;
  const monitor = runs.at(-1)?.monitor ?? null;
  const mlflow = model.mlflow.recorded
    ? 'recorded answers, since MLflow itself could not be installed'
    : model.mlflow.uri;
  const rows: [string, string][] = [
    ['MLflow', `${mlflow}${model.mlflow.version === null ? '' : `, version ${model.mlflow.version}`}`],
    ['experiments', runs.map((run) => `${run.experimentName} (${run.experimentId})`).join(', ')],
    [
      'in the tables',
      `${plural(summary.traces, 'trace')} from ${instant(summary.firstStartMs)} to ${instant(summary.lastStartMs)}`,
    ],
    [
      'failed traces',
      `${count(summary.errorTraces)} at the application, ${count(summary.openDeadLetters)} dead letters`,
    ],
    ['tokens', `${count(summary.inputTokens)} in, ${count(summary.outputTokens)} out as the models reported`],
    [
      'counted',
      `${count(summary.tokenCountRequest)} in requests, ${count(summary.tokenCountResponse)} in responses (cl100k_base)`,
    ],
    ['cost', summary.costUsd === null ? '-' : `$${decimal(summary.costUsd)} at the prices of the day`],
    ['monitor', monitorText(monitor)],
    ['DuckDB file', model.databaseFile],
    ['time', duration(model.elapsedMs)],
  ];
  return pairs(rows, paint);
}

function metricsPart(model: DemoModel, paint: Paint): string {
  const { metrics } = model.summary;
  if (metrics.length === 0) return 'No metric columns: no trace has an assessment with a number or a yes/no.';
  const rows = metrics.map((metric) => [metric.column, count(metric.count), decimal(metric.mean)]);
  return `${plural(metrics.length, 'metric column')}\n${textTable(['column', 'traces', 'mean'], rows, paint, [1, 2])}`;
}

function nextPart(model: DemoModel, { program, folder }: Calling, paint: Paint): string {
  const data = `TRACELIFT_DATA=${folder}`;
  const sql = `SELECT trace_name, count(*) AS traces, avg(execution_time_ms) AS avg_ms, sum(total_tokens) AS tokens FROM ${model.goldTable} WHERE deleted_at_source IS NULL GROUP BY ALL ORDER BY traces DESC`;
  return [
    paint.bold('Next'),
    `  ${paint.dim('ask the tables')}`,
    `  ${data} ${program} query "${sql}"`,
    `  ${paint.dim('what the columns mean')}`,
    `  ${data} ${program} tables ${model.goldTable}`,
    `  ${paint.dim('your own MLflow')}`,
    `  MLFLOW_TRACKING_URI=http://127.0.0.1:5000 ${program} backfill --experiment 1`,
  ].join('\n');
}

function keptPart(model: DemoModel, { program }: Calling, paint: Paint): string {
  const { temporal, mlflow } = model;
  const rows: [string, string][] = [
    ['Temporal Web UI', temporal.uiUrl ?? `(a server that was running before: ${temporal.address})`],
    ['Temporal', temporal.address],
    ['MLflow', mlflow.recorded ? '(recorded answers end with the demo)' : mlflow.uri],
    ['stop them', `${program} demo --stop`],
  ];
  return `${paint.bold('Still running')}\n${pairs(rows, paint)}`;
}

export function viewStopped(model: DemoStopModel): string {
  return model.stopped.length === 0 ? 'Nothing was running.' : `Stopped: ${model.stopped.join(', ')}.`;
}
