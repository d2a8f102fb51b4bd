/**
 * Logs and metrics of a process: a pino logger behind the Log port, and the options of Temporal's runtime. Must not
 * import adapters, workflows or the command line.
 */
import { DefaultLogger, Runtime, type LogEntry, type RuntimeOptions } from '@temporalio/worker';
import pino from 'pino';
import pretty from 'pino-pretty';
import { secretValues, type Config, type LogConfig } from './config.js';
import type { Log, LogFields } from './ports/log.js';

/** What a logger writes to; `process.stderr` fits. */
export interface LogStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Options of {@link createLog}. */
export interface LogOptions {
  readonly level: LogConfig['level'];
  readonly format: LogConfig['format'];
  /** Values that must never appear; each occurrence becomes `***`. */
  readonly secrets: readonly string[];
  /** Default: stderr, so that stdout stays free for results. */
  readonly stream?: LogStream;
}

/** Hides the given values in a text, also where JSON escapes them. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}

/** A logger in JSON lines or in lines for people. Callers log no secrets; the masking here is the last net. */
export function createLog(options: LogOptions): Log {
  const stream: LogStream = options.stream ?? process.stderr;
  const redact = redactor(options.secrets);
  const forPeople = options.format === 'pretty' || (options.format === 'auto' && stream.isTTY === true);
  const line = forPeople
    ? pretty.prettyFactory({ colorize: stream.isTTY === true, translateTime: 'HH:MM:ss', ignore: 'pid,hostname' })
    : (json: string) => json;
  const logger = pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (json: string) => stream.write(line(redact(json))) },
  );
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}

/** The logger that a configuration asks for. */
export function logFor(config: Config, stream?: LogStream): Log {
  const { level, format } = config.log;
  return createLog({ level, format, secrets: secretValues(config), ...(stream === undefined ? {} : { stream }) });
}

/**
 * Options of Temporal's runtime: its logs go to our logger, its metrics to Prometheus where an address is configured.
 * Signals are handled by the command line, not by Temporal.
 */
export function temporalRuntimeOptions(config: Config, log: Log): RuntimeOptions {
  const address = config.worker.prometheusAddress;
  const isVerbose = config.log.level === 'debug';
  return {
    logger: new DefaultLogger(isVerbose ? 'DEBUG' : 'INFO', (entry) => forwardEntry(entry, log)),
    telemetryOptions: {
      logging: { filter: { core: isVerbose ? 'INFO' : 'WARN', other: 'ERROR' }, forward: {} },
      ...(address === undefined ? {} : { metrics: { prometheus: { bindAddress: address } } }),
    },
    shutdownSignals: [],
  };
}

/** Installs {@link temporalRuntimeOptions}; must come before the first connection of the process. */
export function installTemporalRuntime(config: Config, log: Log): void {
  Runtime.install(temporalRuntimeOptions(config, log));
}

const forwardLevels = { ERROR: 'error', WARN: 'warn', INFO: 'info', DEBUG: 'debug', TRACE: 'debug' } as const;

function forwardEntry(entry: LogEntry, log: Log): void {
  log[forwardLevels[entry.level]](entry.message, forwardedFields(entry.meta ?? {}));
}

/** Keeps plain values. Of an error only type and message are kept, and only from those that tracelift rebuilt. */
function forwardedFields(meta: Readonly<Record<string, unknown>>): LogFields {
  const fields: Record<string, string | number | boolean | null> = {};
  for (const [key, value] of Object.entries(meta)) {
    if (value instanceof Error) Object.assign(fields, errorFields(key, value));
    else if (typeof value === 'bigint') fields[key] = value.toString();
    else if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
      fields[key] = value as string | number | boolean | null;
    }
  }
  return fields;
}

/** Messages of foreign errors may quote data: they stay out. */
function errorFields(key: string, error: Error): Record<string, string> {
  const type = 'type' in error && typeof error.type === 'string' ? error.type : error.name;
  const isOurs = error.name === 'TraceliftError' || error.name === 'ApplicationFailure';
  return isOurs ? { [`${key}Type`]: type, [key]: error.message } : { [`${key}Type`]: type };
}
