/** `tracelift status`: runs in Temporal, the ledger of windows, the totals of the tables. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { Command } from 'commander';
import { TraceliftError } from '../../errors/index.js';
import type { WindowRow } from '../../tables/rows.js';
import type { GoldSummary } from '../../targets/warehouse.js';
import type { RunProgress } from '../../workflows/contract.js';
import type { CommandContext } from '../context.js';
import { targetOption, withExamples, withJson, wholeNumberOf, type PlaceFlags } from '../options/flags.js';
import type { CliSession, TargetPlace } from '../session.js';
import type { TemporalServer } from '../temporal/server.js';
import { print } from '../terminal/output.js';
import { progressText } from '../terminal/progress.js';
import { count, duration, instant, pairs, plural, textTable, type Paint } from '../terminal/text.js';

export function options(program: Command, context: CommandContext): void {
  const { io } = context;
  const command = withJson(
    program
      .command('status')
      .summary('runs, verified windows and totals')
      .description(
        'Shows the latest runs in Temporal with their progress, the ledger of windows, and the totals of the tables.',
      )
      .option(...targetOption)
      .option(
        '--limit <n>',
        'at most this many runs and windows',
        wholeNumberOf({ command: 'status', option: '--limit' }, 1, 1000),
        10,
      ),
  ).action(async (flags: StatusFlags) => {
    const model = await load(await context.session(), flags);
    print(io, flags, model, (shown, paint) => view(shown, io.nowMs(), paint));
  });
  withExamples(command, 'tracelift status --limit 20');
}

export interface RunLine {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly status: string;
  readonly startedMs: number;
  readonly closedMs: number | null;
  /** Of runs that are under way and answer. */
  readonly progress: RunProgress | null;
}

export interface StatusModel {
  /** Null where no server is configured and none runs for the data folder. */
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly uiUrl: string | null;
    readonly taskQueue: string;
    readonly workers: number;
    readonly runs: readonly RunLine[];
  } | null;
  readonly target: TargetPlace;
  /** Null before the first run, or where another process holds the tables. */
  readonly tables: {
    readonly summary: GoldSummary;
    readonly windows: readonly WindowRow[];
    /** Traces that other rules made than those of this configuration. */
    readonly otherVersions: number;
  } | null;
  /** Why the tables could not be read. */
  readonly tablesProblem: string | null;
}

interface StatusFlags extends PlaceFlags {
  /** Runs and ledger rows at the most. */
  readonly limit: number;
}

const shownTypes = ['backfillTraces', 'backfillExperiments', 'syncTraces', 'ensureMonitor', 'rebuildGold'];

/** @throws TemporalUnreachable when the configured server does not answer */
export async function load(session: CliSession, flags: StatusFlags): Promise<StatusModel> {
  const { findRunningTemporal } = await import('../temporal/server.js');
  const temporal = await findRunningTemporal(session);
  return {
    temporal: temporal === null ? null : await loadTemporal(session, temporal, flags.limit),
    target: session.place(flags.target),
    ...(await loadLedger(session, flags)),
  };
}

async function loadTemporal(
  session: CliSession,
  temporal: TemporalServer,
  limit: number,
): Promise<NonNullable<StatusModel['temporal']>> {
  const { countPollers } = await import('../temporal/pollers.js');
  const { address, namespace, uiUrl, taskQueue, client } = temporal;
  const workers = await countPollers(temporal, session.io.nowMs());
  const types = shownTypes.map((type) => `'${type}'`).join(', ');
  // Other queues of the namespace belong to other installations.
  const query = `WorkflowType IN (${types}) AND TaskQueue = '${taskQueue.replaceAll("'", "''")}'`;
  const runs: RunLine[] = [];
  for await (const info of client.workflow.list({ query, pageSize: limit })) {
    if (runs.length >= limit) break;
    runs.push(await runLine(temporal, info, workers > 0));
  }
  return { address, namespace, uiUrl, taskQueue, workers, runs };
}

async function runLine(temporal: TemporalServer, info: WorkflowExecutionInfo, canAnswer: boolean): Promise<RunLine> {
  const { workflowId, runId, type, status, startTime, closeTime } = info;
  const { queryProgress } = await import('../temporal/watch.js');
  const isCopy = type === 'backfillTraces' || type === 'syncTraces';
  const asks = canAnswer && isCopy && status.name === 'RUNNING';
  return {
    ...{ workflowId, runId, type, status: status.name.toLowerCase() },
    startedMs: startTime.getTime(),
    closedMs: closeTime?.getTime() ?? null,
    progress: asks ? await queryProgress(temporal.client.workflow.getHandle(workflowId, runId)) : null,
  };
}

async function loadLedger(
  session: CliSession,
  { target, limit }: StatusFlags,
): Promise<Pick<StatusModel, 'tables' | 'tablesProblem'>> {
  if (!session.targetExists(target)) return { tables: null, tablesProblem: 'no run has written them yet' };
  try {
    const warehouse = await session.readTarget(target);
    const summary = await warehouse.summary();
    const { processVersion } = await session.runtime();
    const otherVersions = await warehouse.countOtherVersions({}, processVersion);
    const windows = await warehouse.ledger({ limit });
    return { tables: { summary, windows, otherVersions }, tablesProblem: null };
  } catch (error) {
    if (error instanceof TraceliftError && error.code.startsWith('Warehouse')) {
      return { tables: null, tablesProblem: error.message };
    }
    throw error;
  }
}

export function view(model: StatusModel, nowMs: number, paint: Paint): string {
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
  const { summary, windows, otherVersions } = model.tables;
  const rows: [string, string][] = [
    ['traces', `${count(summary.traces)}, ${count(summary.errorTraces)} of them failed at the application`],
    ['from', `${instant(summary.firstStartMs)} to ${instant(summary.lastStartMs)}`],
    ['tokens', `${count(summary.inputTokens)} in, ${count(summary.outputTokens)} out`],
    ['dead letters', count(summary.openDeadLetters)],
  ];
  if (otherVersions > 0) {
    const what = `${plural(otherVersions, 'trace')} made by other rules than those of this configuration`;
    const command = '`tracelift backfill --reprocess` makes those of an experiment anew from raw';
    rows.push(['other rules', paint.yellow(`${what}: ${command}, \`tracelift rebuild\` all`)]);
  }
  const facts = pairs(rows, paint);
  return `${head}\n${facts}\n\n${paint.bold('windows')}, newest first\n${ledgerTable(windows, paint)}`;
}

function ledgerTable(windows: readonly WindowRow[], paint: Paint): string {
  if (windows.length === 0) return 'none yet';
  const head = ['verdict', 'experiment', 'from', 'to', 'listed', 'landed', 'written', 'dead', 'missing', 'extra'];
  const rows = windows.map((row) => [
    verdictWord(row.state, paint),
    row.experiment_id,
    instant(Number(row.from_ms)),
    instant(Number(row.to_ms)),
    ...[row.listed, row.landed, row.written, row.dead_lettered, row.missing, row.extra].map(count),
  ]);
  return textTable(head, rows, paint, [4, 5, 6, 7, 8, 9]);
}

function verdictWord(state: string, paint: Paint): string {
  if (state === 'complete') return paint.green(state);
  return state === 'moving' ? paint.cyan(state) : paint.red(state);
}
