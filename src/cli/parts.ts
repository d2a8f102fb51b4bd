/**
 * What commands get from the rest of tracelift, as an interface: loaded only when a command needs it, so that `--help`
 * stays quick, and replaceable in tests.
 */
import type { OpenSource, OpenTarget } from '../copy/dependencies.js';
import type { Config } from '../config/index.js';
import type { Log } from '../log.js';
import type { QualityMonitor } from '../monitor/quality-monitor.js';
import type { Warehouse } from '../targets/warehouse.js';
import type { Check } from './commands/doctor.js';

/** Tables that a command reads for a while. */
export interface CliReadableTarget {
  readonly name: string;
  readonly warehouse: Warehouse;
  /** For looking only: `show` and `latestDrift`. */
  readonly monitor: QualityMonitor;
  /** When the read copy was made, epoch milliseconds; null for the tables themselves. */
  readonly copiedAtMs: number | null;
  /** Gives the file back to other processes. */
  close(): Promise<void>;
}

/** What only a Databricks target can do. */
export interface CliDatabricks {
  /** GRANT statements for readers of gold alone, of everything but the texts, or for the worker itself. Sends nothing. */
  grants(scope: 'gold' | 'facts' | 'worker', principal: string): string[];
  /** Tries every right that is needed. @throws ConfigInvalid */
  checks(): Promise<readonly Check[]>;
  /** Makes missing tables and adds missing columns. @throws TableShapeDiffers and the codes of the warehouse */
  adopt(): Promise<{ readonly created: readonly string[] }>;
}

/** Opened sources and targets of one process. `src/wiring` has the real one. */
export interface CliRuntime {
  /** Null: the default source. @throws SourceNotConfigured */
  source(name: string | null): Promise<OpenSource>;
  /** Null: the default target. @throws TargetNotConfigured */
  target(name: string | null): Promise<OpenTarget>;
  /** For reading alone: the read copy where another process holds the tables. Null: the default target. */
  readTarget(name: string | null): Promise<CliReadableTarget>;
  /** Null for a target that is not on Databricks. Null: the default target. @throws TargetNotConfigured */
  databricks(name: string | null): CliDatabricks | null;
  close(): Promise<void>;
}

/** A worker inside this process. `src/worker.ts` has the real one. */
export interface CliWorker {
  readonly taskQueue: string;
  /** Rejects when the worker broke. */
  readonly stopped: Promise<void>;
  shutdown(): Promise<void>;
}

export interface WorkerPlace {
  readonly taskQueue: string;
  /** Server that this process or another tracelift started; without it TEMPORAL_* says where. */
  readonly address?: string;
  readonly namespace?: string;
}

export interface CliParts {
  createRuntime(config: Config, log: Log): Promise<CliRuntime>;
  startWorker(runtime: CliRuntime, place: WorkerPlace): Promise<CliWorker>;
  /** Must come before the first connection to Temporal. */
  prepareTemporal(config: Config, log: Log): Promise<void>;
}
