/**
 * Puts the parts together: opens configured sources and targets once per process and hands them to activities and
 * commands. The only place that knows which adapter stands behind a port.
 */
import { mkdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

import type { ActivityDependencies, OpenSource, OpenTarget } from '../copy/dependencies.js';
import { DuckDbDatabase } from '../targets/duckdb/database.js';
import { openDuckDbWarehouse } from '../targets/duckdb/duckdb-warehouse.js';
import { readCopyPath } from '../targets/duckdb/read-copy-file.js';
import { createDuckDbMonitor } from '../targets/duckdb/monitor/duckdb-monitor.js';
import { webhookNotifier } from '../http/webhook.js';
import { fileReceipts } from '../targets/receipts/file-receipts.js';
import { createAttachmentFolder } from '../targets/local-staging/attachment-folder.js';
import { createLocalStaging } from '../targets/local-staging/local-staging.js';
import { runDefaults } from '../config/index.js';
import { readPricesFile } from '../config/prices-file.js';
import type { Config, DuckDbTargetConfig, TargetConfig } from '../config/index.js';
import { TraceliftError } from '../errors/index.js';
import { processVersion } from '../trace/processing-options.js';
import type { MetricOrigin, ProcessingOptions } from '../trace/processing-options.js';
import { noUserPrices } from '../prices/price-entry.js';
import { createPriceList, type PriceList } from '../prices/price-list.js';
import { silentLog } from '../log.js';
import type { Log } from '../log.js';
import type { QualityMonitor } from '../monitor/quality-monitor.js';
import type { MonitorSpec } from '../monitor/spec.js';
import type { Warehouse } from '../targets/warehouse.js';
import { createTokenCounter } from '../tokenizer/token-counter.js';
import { version } from '../version.js';
import { databricksTarget, databricksTools, type DatabricksTools } from './databricks.js';
import { makePrivateFolder } from './private-folder.js';
import { openSource } from './sources.js';

/** The opened parts of one process. */
export interface Runtime {
  readonly config: Config;
  readonly log: Log;
  /** Null: the default source. @throws SourceNotConfigured */
  source(name: string | null): Promise<OpenSource>;
  /** Null: the default target. @throws TargetNotConfigured */
  target(name: string | null): Promise<OpenTarget>;
  /**
   * The tables for reading alone, opened anew: where another process holds a DuckDB file, its read copy.
   * Null: the default target. @throws TargetNotConfigured, WarehouseHeldByProcess where there is no read copy either
   */
  readTarget(name: string | null): Promise<ReadableTarget>;
  /** What only Databricks has; null for another kind of target. Null: the default target. @throws TargetNotConfigured */
  databricks(name: string | null): DatabricksTools | null;
  readonly activityDependencies: ActivityDependencies;
  /** Version of the rules that make rows in this process. */
  readonly processVersion: string;
  /** Closes everything that was opened. Calling twice is fine. */
  close(): Promise<void>;
}

/** Tables that somebody reads for a while. */
export interface ReadableTarget {
  readonly name: string;
  readonly warehouse: Warehouse;
  /** For looking only: `show` and `latestDrift`. */
  readonly monitor: QualityMonitor;
  /** When the read copy was made, epoch milliseconds; null for the tables themselves. */
  readonly copiedAtMs: number | null;
  /** Gives the file back to other processes. */
  close(): Promise<void>;
}

interface Closable {
  close(): Promise<void>;
}

/** Nothing is opened before it is asked for. */
export function createRuntime(config: Config, { log }: { readonly log: Log }): Runtime {
  const opened: Closable[] = [];
  const sources = new Map<string, Promise<OpenSource>>();
  const targets = new Map<string, Promise<OpenTarget>>();

  const source = (name: string | null): Promise<OpenSource> => {
    const wanted = name ?? config.defaultSource;
    return once(sources, wanted, async () => {
      const found = Object.hasOwn(config.sources, wanted) ? config.sources[wanted] : undefined;
      if (found === undefined) throw new TraceliftError('SourceNotConfigured', { source: wanted });
      const part = await openSource(wanted, found, log);
      opened.push(part);
      return { name: wanted, source: part };
    });
  };
  const target = (name: string | null): Promise<OpenTarget> =>
    once(targets, name ?? config.defaultTarget, (wanted) => openTarget(config, wanted, log, opened));
  const processing = processingOptions(config);
  return {
    config,
    log,
    source,
    target,
    readTarget: (name) => openForReading(config, name ?? config.defaultTarget, target),
    databricks: (name) => {
      const wanted = name ?? config.defaultTarget;
      const found = Object.hasOwn(config.targets, wanted) ? config.targets[wanted] : undefined;
      if (found === undefined) throw new TraceliftError('TargetNotConfigured', { target: wanted });
      return found.kind === 'databricks' ? databricksTools(wanted, found, log) : null;
    },
    activityDependencies: {
      source,
      target,
      processing,
      tokenCounter: createTokenCounter({ encoding: config.processing.encoding }),
      defaultLookbackMs: config.windows.lookbackMs,
      writeReceipt: fileReceipts(join(config.dataDir, 'receipts')),
      notify: config.webhookUrl === undefined ? null : webhookNotifier(config.webhookUrl, log),
      hostName: hostname(),
      version,
      log,
    },
    processVersion: processVersion(processing),
    async close() {
      for (const part of opened.splice(0).reverse()) await part.close();
      sources.clear();
      targets.clear();
    },
  };
}

/** One opening per name; a failed one is forgotten, so that the next call tries again. */
function once<Part>(
  parts: Map<string, Promise<Part>>,
  name: string,
  open: (name: string) => Promise<Part>,
): Promise<Part> {
  const existing = parts.get(name);
  if (existing !== undefined) return existing;
  const opening = open(name);
  parts.set(name, opening);
  opening.catch(() => parts.delete(name));
  return opening;
}

async function openTarget(config: Config, name: string, log: Log, opened: Closable[]): Promise<OpenTarget> {
  const found = Object.hasOwn(config.targets, name) ? config.targets[name] : undefined;
  if (found === undefined) throw new TraceliftError('TargetNotConfigured', { target: name });
  if (found.kind === 'databricks') {
    const parts = await databricksTarget(name, found, log);
    opened.push(parts);
    const { staging, monitor } = parts;
    const { copyAttachments, maxAttachmentBytes } = config.processing;
    const attachments = copyAttachments ? parts.attachments(maxAttachmentBytes) : null;
    const warehouse = await parts.openWarehouse();
    return { name, warehouse, staging, monitor, attachments, ...settingsOfTarget(config, found.kind) };
  }
  return openDuckDbTarget(config, name, found, log, opened);
}

async function openDuckDbTarget(
  config: Config,
  name: string,
  target: DuckDbTargetConfig,
  log: Log,
  opened: Closable[],
): Promise<OpenTarget> {
  makePrivateFolder(config.dataDir);
  await mkdir(dirname(target.path), { recursive: true, mode: 0o700 });
  const file = { path: target.path, log, waitMs: ownerWaitMs };
  const database = await DuckDbDatabase.open(file);
  opened.push(database);
  const warehouse = await openDuckDbWarehouse({ ...file, tableNames: target.tableNames });
  opened.push(warehouse);
  const staging = createLocalStaging({ root: target.stagingRoot, log });
  opened.push(staging);
  const monitor = createDuckDbMonitor({ database, goldTable: target.tableNames.gold, log });
  const { copyAttachments, maxAttachmentBytes } = config.processing;
  const attachments = copyAttachments
    ? createAttachmentFolder(join(config.dataDir, 'attachments'), maxAttachmentBytes)
    : null;
  return { name, warehouse, staging, monitor, attachments, ...settingsOfTarget(config, target.kind) };
}

/** How long an opening waits for a DuckDB file, milliseconds. An activity comes back to it: activities/tables-in-use. */
const ownerWaitMs = 500;
/** How long a reader waits for a DuckDB file before it takes the read copy, milliseconds. */
const readerWaitMs = 1_000;

async function openForReading(
  config: Config,
  name: string,
  open: (name: string) => Promise<OpenTarget>,
): Promise<ReadableTarget> {
  const found = Object.hasOwn(config.targets, name) ? config.targets[name] : undefined;
  if (found?.kind !== 'duckdb') {
    const { warehouse, monitor } = await open(name);
    return { name, warehouse, monitor, copiedAtMs: null, close: () => Promise.resolve() };
  }
  const { path, tableNames } = found;
  try {
    return { name, copiedAtMs: null, ...(await readableTables({ path }, tableNames)) };
  } catch (error) {
    if (!(error instanceof TraceliftError) || error.code !== 'WarehouseHeldByProcess') throw error;
    // Where no read copy can be seen, whoever holds the tables is what the user has to hear of.
    const copy = await stat(readCopyPath(path)).catch(() => null);
    if (copy === null) throw error;
    const file = { path: readCopyPath(path), readOnly: true };
    // The copy has the time of change of its original; its own is that of its last renaming.
    return { name, copiedAtMs: copy.ctimeMs, ...(await readableTables(file, tableNames)) };
  }
}

async function readableTables(
  file: { readonly path: string; readonly readOnly?: boolean },
  tableNames: DuckDbTargetConfig['tableNames'],
): Promise<Pick<ReadableTarget, 'warehouse' | 'monitor' | 'close'>> {
  const options = { ...file, log: silentLog, waitMs: readerWaitMs };
  const warehouse = await openDuckDbWarehouse({ ...options, tableNames });
  const database = await DuckDbDatabase.open(options);
  const monitor = createDuckDbMonitor({ database, goldTable: tableNames.gold, log: silentLog });
  const close = async (): Promise<void> => {
    await database.close();
    await warehouse.close();
  };
  return { warehouse, monitor, close };
}

/** What the configuration, outside of the target's own part, says of runs into a target of this kind. */
function settingsOfTarget(config: Config, kind: TargetConfig['kind']): Pick<OpenTarget, 'monitorSpec' | 'defaults'> {
  return { monitorSpec: monitorSpec(config), defaults: runDefaults(config, kind) };
}

function monitorSpec(config: Config): MonitorSpec | null {
  if (!config.monitor.enabled) return null;
  const { granularities, slicingColumns } = config.monitor;
  return { timestampColumn: 'start_time', granularities, slicingColumns };
}

/** @throws PricesFileUnreadable, PricesInvalid */
function priceList({ processing }: Config): PriceList {
  return createPriceList(processing.pricesFile === undefined ? noUserPrices : readPricesFile(processing.pricesFile));
}

/** `tag:environment` and `metadata:tenant` as the processing wants them. */
function processingOptions(config: Config): ProcessingOptions {
  const dimensions = Object.entries(config.processing.dimensions).map(([name, origin]) => {
    const from = origin.startsWith('tag:') ? ('tag' as const) : ('metadata' as const);
    return { name, from, key: origin.slice(from.length + 1) };
  });
  const metrics = Object.entries(config.processing.metrics).map(([name, origin]) => ({
    name,
    from: metricOrigin(origin),
  }));
  const { encoding, userIdHashKey } = config.processing;
  return { encoding, dimensions, metrics, prices: priceList(config), userIdHashKey: userIdHashKey ?? null };
}

/** `tag:eval.faithfulness`, `metadata:toxicity` or `span:EVALUATOR:outputs.score`, as the schema of the settings has it. */
function metricOrigin(origin: string): MetricOrigin {
  const [kind, key] = splitOnce(origin);
  if (kind !== 'span') return { kind: kind === 'tag' ? 'tag' : 'metadata', key };
  const [spanKind, place] = splitOnce(key);
  const [part, ...path] = place.split('.');
  return { kind, spanKind, part: part === 'inputs' || part === 'attributes' ? part : 'outputs', path };
}

function splitOnce(text: string): [string, string] {
  const end = text.indexOf(':');
  return [text.slice(0, end), text.slice(end + 1)];
}
