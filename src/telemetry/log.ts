/**
 * A pino logger behind the Log port. Must not import Temporal, adapters, workflows or the command line, so that short
 * commands start fast.
 */
import pino from 'pino';
import pretty from 'pino-pretty';
import { secretValues, type Config, type LogConfig } from '../config/index.js';
import type { Log } from '../log.js';

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
function redactor(secrets: readonly string[]): (text: string) => string {
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
