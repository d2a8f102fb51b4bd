/**
 * Logs and metrics of a process: the options of Temporal's runtime over our logger. Must not import adapters, workflows
 * or the command line.
 */
import { DefaultLogger, Runtime, type LogEntry, type RuntimeOptions } from '@temporalio/worker';
import type { Config } from '../config/index.js';
import type { Log, LogFields } from '../log.js';

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
