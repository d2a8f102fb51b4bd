import { ApplicationFailure, type Logger } from '@temporalio/common';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { temporalRuntimeOptions } from '../../src/telemetry/index.js';
import { createLog, logFor } from '../../src/telemetry/log.js';

function memoryStream(): { lines: string[]; write(text: string): void } {
  const lines: string[] = [];
  return { lines, write: (text) => void lines.push(text) };
}

const cwd = mkdtempSync(join(tmpdir(), 'tracelift-telemetry-'));

describe('the log', () => {
  it('the log writes one JSON object per line with level, time, message and fields', () => {
    const stream = memoryStream();
    createLog({ level: 'info', format: 'json', secrets: [], stream }).warn('window done', { window: 3 });
    expect(JSON.parse(stream.lines[0]!)).toMatchObject({ level: 'warn', msg: 'window done', window: 3 });
  });

  it('the log leaves out what is below its level', () => {
    const stream = memoryStream();
    createLog({ level: 'warn', format: 'json', secrets: [], stream }).info('hello');
    expect(stream.lines).toEqual([]);
  });

  it('the log hides configured secrets in messages and fields, in both formats, also where JSON escapes them', () => {
    for (const format of ['json', 'pretty'] as const) {
      const stream = memoryStream();
      const log = createLog({ level: 'info', format, secrets: ['pa"ss\\word', 'pa'], stream });
      log.error('cannot log in with pa"ss\\word', { address: 'http://u:pa"ss\\word@h' });
      expect(stream.lines.join('')).not.toMatch(/ss.{0,3}word/);
      expect(stream.lines.join('')).toContain('***');
    }
  });

  it('the log knows the secrets of the configuration by itself', () => {
    const env = { MLFLOW_TRACKING_URI: 'http://h', MLFLOW_TRACKING_TOKEN: 'the-token', TRACELIFT_LOG_FORMAT: 'json' };
    const stream = memoryStream();
    logFor(loadConfig({ env, cwd }), stream).info('Bearer the-token');
    expect(stream.lines.join('')).not.toContain('the-token');
  });
});

describe("Temporal's runtime", () => {
  const config = loadConfig({ env: { TRACELIFT_PROMETHEUS_ADDRESS: '127.0.0.1:9464' }, cwd });

  it("Temporal's runtime gets the Prometheus address and leaves signals to the command line", () => {
    const stream = memoryStream();
    const options = temporalRuntimeOptions(config, logFor(config, stream));
    expect(options.telemetryOptions?.metrics).toEqual({ prometheus: { bindAddress: '127.0.0.1:9464' } });
    expect(options.shutdownSignals).toEqual([]);
    const without = temporalRuntimeOptions(loadConfig({ env: {}, cwd }), logFor(config, stream));
    expect(without.telemetryOptions?.metrics).toBeUndefined();
  });

  it('logs through ours, without the texts of foreign errors, which may quote data', () => {
    const stream = memoryStream();
    const logger = temporalRuntimeOptions(config, createLog({ level: 'info', format: 'json', secrets: [], stream }))
      .logger as Logger;
    logger.warn('Activity failed', {
      workflowId: 'w1',
      attempt: 2,
      error: new SyntaxError('Unexpected token in "Dear doctor"'),
    });
    logger.warn('Activity failed', {
      // eslint-disable-next-line no-restricted-syntax -- what the SDK logs, and no double of an activity
      error: ApplicationFailure.create({ type: 'SourceUnreachable', message: 'no answer' }),
    });
    expect(JSON.parse(stream.lines[0]!)).toMatchObject({ workflowId: 'w1', attempt: 2, errorType: 'SyntaxError' });
    expect(stream.lines[0]).not.toContain('doctor');
    expect(JSON.parse(stream.lines[1]!)).toMatchObject({ errorType: 'SourceUnreachable', error: 'no answer' });
  });
});
