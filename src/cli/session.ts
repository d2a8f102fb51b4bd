/** One run of the command line: configuration, log and opened parts, each made when first asked for, closed at the end. */
import { existsSync } from 'node:fs';
import type { OpenSource, OpenTarget } from '../copy/dependencies.js';
import { loadConfig, type Config, type TargetConfig } from '../config/index.js';
import { TraceliftError } from '../errors/index.js';
import { silentLog, type Log } from '../log.js';
import { logFor } from '../telemetry/log.js';
import type { QualityMonitor } from '../monitor/quality-monitor.js';
import type { Warehouse } from '../targets/warehouse.js';
import type { DatabricksTools } from '../wiring/databricks.js';
import type { ReadableTarget, Runtime } from '../wiring/index.js';
import type { Installation } from '../wiring/installation.js';
import type { CliIo } from './terminal/io.js';
import type { Loaders } from './loaders.js';

export class CliSession {
  private loadedConfig: Config | undefined;
  private madeLog: Log | undefined;
  private isLogFull = false;
  /** True once a read copy was opened because another process works on the tables. */
  isHeldElsewhere = false;
  private openedRuntime: Promise<Runtime> | undefined;
  private readonly closers: (() => Promise<void>)[] = [];
  private readonly interruptListeners: (() => void)[] = [];

  constructor(
    readonly io: CliIo,
    readonly loaders: Loaders,
  ) {}

  /** @throws ConfigInvalid, ConfigFileUnreadable */
  get config(): Config {
    return (this.loadedConfig ??= loadConfig({ env: this.io.env, cwd: this.io.cwd }));
  }

  /** Replaces the configuration, for commands that bring their own servers (the demo). Before anything is opened. */
  useConfig(config: Config): void {
    this.loadedConfig = config;
  }

  /**
   * Workers speak at the configured level; other commands only of trouble, unless a level was asked for, since what
   * they do is shown by their progress and result.
   */
  get log(): Log {
    this.isLogFull ||= Boolean(this.io.env['TRACELIFT_LOG_LEVEL']);
    const log = this.madeLog ?? logFor(this.config, this.io.stderr);
    return (this.madeLog ??= this.isLogFull ? log : quieter(log));
  }

  /** For the worker command: everything at the configured level. */
  useFullLog(): void {
    this.isLogFull = true;
  }

  /** Temporal's own log: failures of a run are told by its result, so short commands keep only what is broken. */
  get temporalLog(): Log {
    const { log } = this;
    return this.isLogFull ? log : { ...silentLog, error: (message, fields) => log.error(message, fields) };
  }

  runtime(): Promise<Runtime> {
    this.openedRuntime ??= this.openRuntime();
    return this.openedRuntime;
  }

  async source(name: string | undefined): Promise<OpenSource> {
    return (await this.runtime()).source(name ?? null);
  }

  async target(name: string | undefined): Promise<OpenTarget> {
    return (await this.runtime()).target(name ?? null);
  }

  /** Tables for a command that only looks: it neither waits for another process nor makes one wait for long. */
  async readTarget(name: string | undefined): Promise<Warehouse> {
    return (await this.readTables(name)).warehouse;
  }

  /** The monitor over them, to look at. */
  async readMonitor(name: string | undefined): Promise<{ readonly name: string; readonly monitor: QualityMonitor }> {
    return this.readTables(name);
  }

  private async readTables(name: string | undefined): Promise<ReadableTarget> {
    const tables = await (await this.runtime()).readTarget(name ?? null);
    const { copiedAtMs } = tables;
    this.onClose(() => tables.close());
    if (copiedAtMs !== null) {
      this.isHeldElsewhere = true;
      this.log.warn('Another process works on the tables: this is the copy that the last run published', {
        copiedAt: new Date(copiedAtMs).toISOString(),
      });
    }
    return tables;
  }

  /** What only Databricks has. @throws NotOnDatabricks for another kind of target, TargetNotConfigured */
  async databricks(name: string | undefined): Promise<DatabricksTools> {
    const tools = (await this.runtime()).databricks(name ?? null);
    if (tools !== null) return tools;
    throw new TraceliftError('NotOnDatabricks', { target: this.targetConfig(name).name });
  }

  /** What the names of a source and a target stand for; null: a command that reads no source. @throws SourceNotConfigured, TargetNotConfigured */
  async installation(source: string | null | undefined, target: string | undefined): Promise<Installation> {
    const { installationOf } = await import('../wiring/installation.js');
    const sourceName = source === undefined ? this.config.defaultSource : source;
    return installationOf(this.config, { source: sourceName, target: target ?? this.config.defaultTarget });
  }

  /** Settings of a target. @throws TargetNotConfigured */
  targetConfig(name: string | undefined): TargetConfig & { readonly name: string } {
    const wanted = name ?? this.config.defaultTarget;
    const found = Object.hasOwn(this.config.targets, wanted) ? this.config.targets[wanted] : undefined;
    if (found === undefined) throw new TraceliftError('TargetNotConfigured', { target: wanted });
    return { ...found, name: wanted };
  }

  /** False for a DuckDB target whose file was never written: opening it would create it. */
  targetExists(name: string | undefined): boolean {
    const target = this.targetConfig(name);
    return target.kind !== 'duckdb' || existsSync(target.path);
  }

  /** A command that reads must not make an empty database. @throws NoTables */
  requireTables(name: string | undefined): void {
    if (this.targetExists(name)) return;
    const { name: target, location } = this.place(name);
    throw new TraceliftError('NoTables', { target, location });
  }

  /** Name and place of a target, for people. */
  place(name: string | undefined): TargetPlace {
    const target = this.targetConfig(name);
    const location = target.kind === 'duckdb' ? target.path : `${target.host ?? ''} ${target.catalog}.${target.schema}`;
    return { name: target.name, location };
  }

  /** What Ctrl-C does from now on, until the returned function is called; the latest listener alone is asked. */
  onInterrupt(listener: () => void): () => void {
    this.interruptListeners.push(listener);
    return () => {
      const index = this.interruptListeners.indexOf(listener);
      if (index >= 0) this.interruptListeners.splice(index, 1);
    };
  }

  /** Ctrl-C was pressed. Returns whether anything listens. */
  interrupt(): boolean {
    const listener = this.interruptListeners.at(-1);
    listener?.();
    return listener !== undefined;
  }

  /** Runs at the end, last added first. */
  onClose(close: () => Promise<void>): void {
    this.closers.push(close);
  }

  /** Closes everything, also where one of them fails; the first failure is thrown then. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.closers.splice(0).reverse()) {
      await close().catch((failure: unknown) => failures.push(failure));
    }
    if (failures.length > 0) throw failures[0];
  }

  private async openRuntime(): Promise<Runtime> {
    const runtime = await this.loaders.createRuntime(this.config, this.log);
    this.onClose(() => runtime.close());
    return runtime;
  }
}

/** Drops what is not a warning or an error. */
function quieter(log: Log): Log {
  return {
    ...silentLog,
    warn: (message, fields) => log.warn(message, fields),
    error: (message, fields) => log.error(message, fields),
  };
}

/** A target by name, and where it lies, for people. */
export interface TargetPlace {
  readonly name: string;
  readonly location: string;
}
