/** `tracelift plan`: what a backfill would do. Reads only. */
import type { Command } from 'commander';
import { findBeyondEnd } from '../../copy/list/beyond-end.js';
import { beyondWhich, type TracesBeyondEnd } from '../../copy/list/beyond-end-rules.js';
import { askedRange, latestEndMs } from '../../copy/prepare/rules.js';
import { TraceliftError } from '../../errors/index.js';
import { copyableExperiment } from '../../sources/copyable-experiment.js';
import type { Experiment, TraceSource } from '../../sources/trace-source.js';
import type { TraceScope } from '../../tables/trace-key.js';
import type { CommandContext } from '../context.js';
import {
  experimentOption,
  sourceOption,
  targetOption,
  timeOf,
  withExamples,
  withJson,
  type PlaceFlags,
  type TimeRange,
} from '../options/flags.js';
import { checkRange } from '../options/values.js';
import type { CliSession } from '../session.js';
import { print } from '../terminal/output.js';
import { beyondEndRows, rangeText } from '../terminal/range.js';
import { count, decimal, duration, instant, pairs, plural, type Paint } from '../terminal/text.js';

export function options(program: Command, context: CommandContext): void {
  const { io } = context;
  const command = withJson(
    program
      .command('plan')
      .summary('what a backfill would do, without doing it')
      .description(
        'Counts the traces, the windows and the requests of a backfill and estimates its time. Writes nothing.',
      )
      .requiredOption(...experimentOption)
      .option('--from <time>', 'as for backfill', timeOf(io.nowMs, { command: 'plan', option: '--from' }))
      .option('--to <time>', 'as for backfill', timeOf(io.nowMs, { command: 'plan', option: '--to' }))
      .option(...sourceOption)
      .option(...targetOption),
  ).action(async (flags: PlanFlags) => {
    checkRange(flags, 'plan');
    print(io, flags, await load(await context.session(), flags), view);
  });
  withExamples(command, 'tracelift plan --experiment support-bot --from 30d');
}

/** Traces read to find out how fast this source serves them. */
const sampleTraces = 100;
/** Where the server cannot count, this many pages are counted by listing. */
const maxCountedPages = 40;
/** Spans of about this many traces come with one request. */
const tracesPerSpanRequest = 50;

interface PlanFlags extends PlaceFlags, TimeRange {
  readonly experiment: string;
}

export interface PlanModel {
  readonly experiment: Experiment;
  readonly source: { readonly name: string; readonly sourceId: string; readonly address: string };
  readonly target: { readonly name: string; readonly location: string; readonly exists: boolean };
  readonly fromMs: number | null;
  readonly toMs: number;
  /** The end that was asked for, where it was beyond the latest possible one; else null. */
  readonly askedToMs: number | null;
  /** Traces that start where a run cannot take them yet. */
  readonly beyondEnd: TracesBeyondEnd;
  /** `isExact` false: at least this many. */
  readonly traces: { readonly count: number; readonly isExact: boolean };
  /** Traces of this experiment in the tables; null where they cannot be read now. */
  readonly landed: number | null;
  readonly windows: number;
  readonly batches: number;
  readonly requests: { readonly search: number; readonly spans: number; readonly verify: number };
  /** What Databricks has to do for it; null for another target. */
  readonly databricks: DatabricksWork | null;
  /** What reading a sample took; null where there is nothing to read. */
  readonly sample: { readonly traces: number; readonly tracesPerSecond: number } | null;
  /** For a first backfill of everything, from the sample. */
  readonly expectedMs: number | null;
}

/** For a first backfill of everything; docs/databricks.md says where the figures come from. */
export interface DatabricksWork {
  /** SQL statements, without those that make the tables. */
  readonly statements: number;
  /** Calls of the Files API: uploads, reads and deletions. */
  readonly fileRequests: number;
  /** Minutes that the SQL warehouse is up, without its auto-stop; null where no sample says how long the run takes. */
  readonly warehouseMinutes: number | null;
}

/** @throws ExperimentNotFound, ExperimentDeleted, RangeEmpty and the codes of source and warehouse */
export async function load(session: CliSession, flags: PlanFlags): Promise<PlanModel> {
  const { runDefaults } = await import('../../config/index.js');
  const target = session.targetConfig(flags.target);
  const settings = runDefaults(session.config, target.kind);
  const { name, source } = await session.source(flags.source);
  const { sourceId, address } = await source.describe();
  const experiment = await copyableExperiment(source, flags.experiment);
  const { experimentId } = experiment;
  const bounds = await boundsOf(source, experimentId, flags, settings.lagMs, session.io.nowMs());
  const range = { fromMs: bounds.fromMs ?? bounds.toMs, toMs: bounds.toMs };
  const traces = await countTraces(source, experimentId, range, settings.pageSize);
  const sample = traces.count === 0 ? null : await readSample(source, experimentId, range, session.io.nowMs);
  const pages = Math.ceil(traces.count / settings.pageSize);
  const expectedMs = sample === null ? null : Math.round((traces.count / sample.tracesPerSecond) * 1000);
  const work = {
    pages,
    windows: Math.ceil(traces.count / Math.min(settings.windowTraces, settings.windowFetches)),
    batches: Math.ceil(traces.count / settings.batchTraces),
  };
  return {
    experiment,
    source: { name, sourceId, address },
    target: {
      name: target.name,
      location: target.kind === 'duckdb' ? target.path : `${target.catalog}.${target.schema}`,
      exists: session.targetExists(flags.target),
    },
    fromMs: bounds.fromMs,
    toMs: bounds.toMs,
    askedToMs: flags.to !== undefined && flags.to > bounds.toMs ? flags.to : null,
    beyondEnd: await findBeyondEnd(source, experimentId, beyondWhich(bounds.toMs, bounds.latestMs)),
    traces,
    landed: await landedTraces(session, flags.target, { sourceId, experimentId }),
    windows: work.windows,
    batches: work.batches,
    databricks: target.kind === 'databricks' ? databricksWork(work, expectedMs) : null,
    requests: { search: pages, spans: Math.ceil(traces.count / tracesPerSpanRequest), verify: pages },
    sample,
    expectedMs,
  };
}

/** A commit that lands new traces with assessments takes 10, the verification of 5,000 traces 4, the ledger row one. */
const statementsPerWindow = 15;
/** Looking at schemas, nine tables, the version, and gold for its columns. */
const statementsPerRun = 12;
/** Seconds of one commit of 5,000 traces, as a small warehouse may need; while it runs the next window is fetched. */
const commitSeconds = 30;

function databricksWork(
  { pages, windows, batches }: { readonly pages: number; readonly windows: number; readonly batches: number },
  expectedMs: number | null,
): DatabricksWork {
  const busyMs = expectedMs === null ? null : Math.max(expectedMs, windows * commitSeconds * 1000);
  return {
    statements: statementsPerRun + pages + windows * statementsPerWindow,
    // Each batch is uploaded and deleted; manifest, listing and decisions of a window are four more files.
    fileRequests: 2 * batches + pages + 8 * windows,
    warehouseMinutes: busyMs === null ? null : Math.ceil(busyMs / 60_000),
  };
}

/** The range of a backfill, by the same rules. @throws RangeEmpty */
async function boundsOf(
  source: TraceSource,
  experimentId: string,
  range: TimeRange,
  lagMs: number,
  ownNowMs: number,
): Promise<{ fromMs: number | null; toMs: number; latestMs: number }> {
  const latestMs = latestEndMs(Math.min(await source.nowMs(), ownNowMs), lagMs);
  if (range.from !== undefined) return { ...askedRange(range.from, range.to ?? null, latestMs, lagMs), latestMs };
  const toMs = Math.min(range.to ?? latestMs, latestMs);
  const earliestMs = await source.earliestTraceMs(experimentId);
  return { fromMs: earliestMs === null || earliestMs >= toMs ? null : earliestMs, toMs, latestMs };
}

async function countTraces(
  source: TraceSource,
  experimentId: string,
  range: { readonly fromMs: number; readonly toMs: number },
  pageSize: number,
): Promise<{ count: number; isExact: boolean }> {
  if (range.fromMs >= range.toMs) return { count: 0, isExact: true };
  const exact = await source.countTraces(experimentId, range.fromMs, range.toMs);
  if (exact !== null) return { count: exact, isExact: true };
  let listed = 0;
  let pageToken: string | undefined;
  for (let page = 0; page < maxCountedPages; page += 1) {
    const request = { experimentId, ...range, maxResults: pageSize };
    const answer = await source.searchPage(pageToken === undefined ? request : { ...request, pageToken });
    listed += answer.infos.length + answer.unreadable.length;
    pageToken = answer.nextPageToken;
    if (pageToken === undefined) return { count: listed, isExact: true };
  }
  return { count: listed, isExact: false };
}

/** Reads a few traces as a backfill would, one request at a time: a cautious figure. */
async function readSample(
  source: TraceSource,
  experimentId: string,
  range: { readonly fromMs: number; readonly toMs: number },
  nowMs: () => number,
): Promise<PlanModel['sample']> {
  const startedMs = nowMs();
  const page = await source.searchPage({ experimentId, ...range, maxResults: sampleTraces });
  if (page.infos.length === 0) return null;
  await source.readSpans(page.infos);
  const seconds = Math.max(0.001, (nowMs() - startedMs) / 1000);
  return { traces: page.infos.length, tracesPerSecond: page.infos.length / seconds };
}

/** Null where another process holds the tables, 0 where they were never made. */
async function landedTraces(
  session: CliSession,
  target: string | undefined,
  scope: TraceScope,
): Promise<number | null> {
  if (!session.targetExists(target)) return 0;
  try {
    const warehouse = await session.readTarget(target);
    return (await warehouse.summary(scope)).traces;
  } catch (error) {
    if (error instanceof TraceliftError && error.code.startsWith('Warehouse')) return null;
    throw error;
  }
}

export function view(model: PlanModel, paint: Paint): string {
  const { traces, requests, sample } = model;
  const atLeast = traces.isExact ? '' : 'at least ';
  const total = requests.search + requests.spans + requests.verify;
  return [
    `${paint.bold('plan')}  ${model.experiment.name} (experiment ${model.experiment.experimentId}); nothing was written`,
    pairs(
      [
        ['source', `${model.source.address} (${model.source.name}, id in the tables: ${model.source.sourceId})`],
        ['target', `${model.target.location} (${model.target.name}${model.target.exists ? '' : ', will be created'})`],
        ['range', rangeOf(model)],
        ['traces', `${atLeast}${count(traces.count)} at the source, ${landedText(model)}`],
        ...beyondEndRows(model.beyondEnd, paint),
        ['windows', `${atLeast}${count(model.windows)}, in ${plural(model.batches, 'batch', 'batches')}`],
        [
          'requests',
          `about ${count(total)}: ${count(requests.search)} searches, ${count(requests.spans)} for spans, ${count(requests.verify)} to verify`,
        ],
        ...databricksRows(model),
        [
          'time',
          sample === null
            ? '-'
            : `about ${duration(model.expectedMs)} if everything is new (sample: ${plural(sample.traces, 'trace')} at ${decimal(sample.tracesPerSecond)}/s, one reader)`,
        ],
      ],
      paint,
    ),
  ].join('\n');
}

function rangeOf({ fromMs, toMs, askedToMs }: PlanModel): string {
  return fromMs === null ? `no traces up to ${instant(toMs)}` : rangeText(fromMs, toMs, askedToMs);
}

function databricksRows({ databricks, traces }: PlanModel): [string, string][] {
  if (databricks === null) return [];
  const { statements, fileRequests, warehouseMinutes } = databricks;
  const minutes =
    warehouseMinutes === null ? '' : `; the SQL warehouse is up for about ${plural(warehouseMinutes, 'minute')}`;
  const atLeast = traces.isExact ? 'about' : 'at least';
  return [
    [
      'Databricks',
      `${atLeast} ${plural(statements, 'statement')}, ${plural(fileRequests, 'call')} of the Files API${minutes}`,
    ],
  ];
}

function landedText(model: PlanModel): string {
  return model.landed === null
    ? 'the tables cannot be read now'
    : `${count(model.landed)} of this experiment in the tables`;
}
