/** Loads what `tracelift plan` shows: what a backfill would do. Reads only; never writes, never prints. */
import { runDefaults } from '../../config/index.js';
import { TraceliftError } from '../../errors/index.js';
import { findBeyondEnd } from '../../copy/list/beyond-end.js';
import { beyondWhich, type TracesBeyondEnd } from '../../copy/list/beyond-end-rules.js';
import { copyableExperiment } from '../../sources/copyable-experiment.js';
import type { TraceScope } from '../../tables/trace-key.js';
import type { Experiment, TraceSource } from '../../sources/trace-source.js';
import type { TimeRange } from '../options/values.js';
import type { CliSession } from '../session.js';

/** Traces read to find out how fast this source serves them. */
const sampleTraces = 100;
/** Where the server cannot count, this many pages are counted by listing. */
const maxCountedPages = 40;
/** Spans of about this many traces come with one request. */
const tracesPerSpanRequest = 50;

export interface PlanOptions extends TimeRange {
  readonly experiment: string;
  readonly source?: string;
  readonly target?: string;
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
export async function plan(session: CliSession, options: PlanOptions): Promise<PlanModel> {
  const target = session.targetConfig(options.target);
  const settings = runDefaults(session.config, target.kind);
  const { name, source } = await session.source(options.source);
  const { sourceId, address } = await source.describe();
  const experiment = await copyableExperiment(source, options.experiment);
  const { experimentId } = experiment;
  const bounds = await resolveBounds(source, experimentId, options, settings.lagMs);
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
      exists: session.targetExists(options.target),
    },
    fromMs: bounds.fromMs,
    toMs: bounds.toMs,
    askedToMs: options.toMs !== undefined && options.toMs > bounds.toMs ? options.toMs : null,
    beyondEnd: await findBeyondEnd(source, experimentId, beyondWhich(bounds.toMs, bounds.latestMs)),
    traces,
    landed: await landedTraces(session, options.target, { sourceId, experimentId }),
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

async function resolveBounds(
  source: TraceSource,
  experimentId: string,
  options: TimeRange,
  lagMs: number,
): Promise<{ fromMs: number | null; toMs: number; latestMs: number }> {
  const latestMs = (await source.nowMs()) - lagMs;
  const toMs = Math.min(options.toMs ?? latestMs, latestMs);
  const fromMs = options.fromMs ?? (await source.earliestTraceMs(experimentId));
  return { fromMs: fromMs === null || fromMs >= toMs ? null : fromMs, toMs, latestMs };
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
  let count = 0;
  let pageToken: string | undefined;
  for (let page = 0; page < maxCountedPages; page += 1) {
    const request = { experimentId, ...range, maxResults: pageSize };
    const answer = await source.searchPage(pageToken === undefined ? request : { ...request, pageToken });
    count += answer.infos.length + answer.unreadable.length;
    pageToken = answer.nextPageToken;
    if (pageToken === undefined) return { count, isExact: true };
  }
  return { count, isExact: false };
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
