/** What activities need from the outside. Built once per worker by src/wiring. */
import type { RunReceipt } from './close/receipt.js';
import type { RunEvent } from './close/messages.js';
import type { RunSettings } from './run-settings.js';
import type { Log } from '../log.js';
import type { QualityMonitor } from '../monitor/quality-monitor.js';
import type { MonitorSpec } from '../monitor/spec.js';
import type { AttachmentStore } from '../targets/attachment-store.js';
import type { Staging } from '../targets/staging.js';
import type { TraceSource } from '../sources/trace-source.js';
import type { Warehouse } from '../targets/warehouse.js';
import type { TokenCounter } from '../tokenizer/token-counter.js';
import type { ProcessingOptions } from '../trace/processing-options.js';

/** A configured source, opened. */
export interface OpenSource {
  readonly name: string;
  readonly source: TraceSource;
}

/** A configured target, opened: tables, staging and monitor belong together. */
export interface OpenTarget {
  readonly name: string;
  readonly warehouse: Warehouse;
  readonly staging: Staging;
  readonly monitor: QualityMonitor;
  /** Takes copies of the files that traces refer to; null where the configuration asks for none. */
  readonly attachments: AttachmentStore | null;
  /** Null where the configuration switches the monitor off. */
  readonly monitorSpec: MonitorSpec | null;
  /** Settings of runs into this target that their input may leave out. */
  readonly defaults: RunSettings;
}

export interface ActivityDependencies {
  /** Null: the default source. @throws SourceNotConfigured */
  source(name: string | null): Promise<OpenSource>;
  /** Null: the default target. @throws TargetNotConfigured */
  target(name: string | null): Promise<OpenTarget>;
  readonly processing: ProcessingOptions;
  readonly tokenCounter: TokenCounter;
  /** How far a scheduled run looks back when its input does not say, milliseconds. */
  readonly defaultLookbackMs: number;
  /** Keeps the receipt of a finished run. Answers the file it is in. @throws ReceiptUnwritable */
  writeReceipt(receipt: RunReceipt): Promise<string>;
  /** Tells the configured webhook; null where none is configured. @throws WebhookFailed */
  readonly notify: ((event: RunEvent) => Promise<void>) | null;
  /** Name of this host: local staging ties a run to it. */
  readonly hostName: string;
  /** Version of tracelift: part of every run's fingerprint. */
  readonly version: string;
  readonly log: Log;
}

/** The target of a run, opened, and the worker that has it open. */
export interface RunTarget {
  readonly target: OpenTarget;
  readonly worker: ActivityDependencies;
}

/** Both ends of a run. */
export interface RunConnections extends RunTarget {
  readonly source: TraceSource;
}
