import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TraceliftError } from '../../src/errors/index.js';
import { newFolder, tracelift, wholeProgram } from './command-line.js';

const mlflow = { MLFLOW_TRACKING_URI: 'http://127.0.0.1:5000' };

function allCommands(): string[] {
  const { commands } = wholeProgram();
  return commands.flatMap((command) => [
    command.name(),
    ...command.commands.map((inner) => `${command.name()} ${inner.name()}`),
  ]);
}

describe('help', () => {
  it.each(allCommands().filter((name) => name !== 'help'))('of %s ends with an example', async (name) => {
    const { code, stdout, stderr } = await tracelift([...name.split(' '), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/Examples?:\n {2}\$ .*tracelift .*\n$/s);
  });

  it('of a command in a group is the same by `help` and by --help', async () => {
    const byOption = await tracelift(['dead-letters', 'list', '--help']);
    expect(await tracelift(['help', 'dead-letters', 'list'])).toEqual(byOption);
    expect(byOption.stdout).toContain('Usage: tracelift dead-letters list');
  });

  it.each(['tables', 'dead-letters', 'monitor'])('of %s says what it is about', async (name) => {
    const { stdout } = await tracelift([name, '--help']);
    expect(stdout).toMatch(/^Usage: [^\n]*\n\n(?!Arguments:|Options:)\w/);
  });

  it('the help names every exit code', async () => {
    const { stdout } = await tracelift(['--help']);
    for (const code of ['0', '1', '2', '3', '130']) expect(stdout).toMatch(new RegExp(`^ {2}${code} +\\w`, 'm'));
  });
});

describe('a wrong command line ends with 2 and says what is right', () => {
  const cases: readonly (readonly [string[], Record<string, string>, RegExp])[] = [
    [['nope'], {}, /unknown command 'nope'/],
    [['backfill'], mlflow, /required option '-e, --experiment/],
    [['backfill', '-e', '1', '--form', '30d'], mlflow, /unknown option '--form'[\s\S]*--from/],
    [['backfill', '-e', '1', '--from', 'soon'], mlflow, /--from is not valid.*30d or 12h/],
    [['backfill', '-e', '1', '--from', '1d', '--to', '2d'], mlflow, /is not before/],
    [['backfill', '-e', '1', '--concurrency', '65'], mlflow, /no whole number from 1 to 64/],
    [['backfill', '-e', '1', '--target', 'lake'], mlflow, /TargetNotConfigured: .* lake/],
    [['backfill', '-e', '1', '--source', 'prod'], mlflow, /SourceNotConfigured: .* prod/],
    [['backfill', '-e', '1'], {}, /SourceNotConfigured.*MLFLOW_TRACKING_URI/],
    [['sync', '-e', '1', '--lookback', 'long'], mlflow, /--lookback is not valid/],
    [['query'], {}, /missing required argument 'sql'/],
    [['query', 'SELECT 1', '--format', 'xml'], {}, /"xml" is none of table, csv, json/],
    [['query', 'SELECT 1', '--timeout', '25d'], {}, /--timeout is not valid: "25d" is not between/],
    [['query', 'SELECT 1', '--timeout', '10'], {}, /--timeout is not valid.*"10" is no length of time/],
    [['query', 'SELECT 1'], {}, /NoTables: .*tracelift backfill/],
    [['tables', 'nope'], {}, /There is no table nope\. .*The tables are: .*genai_raw_traces/],
    [['tables', 'genai_raw_trace'], {}, /There is no table genai_raw_trace; did you mean genai_raw_traces\? Nothing/],
    [['grants'], {}, /OptionMissing: --reader or --worker is missing/],
    [['grants', '--reader', 'a', '--worker', 'b'], {}, /InvalidOption: .*name one principal/],
    [['backfill', '--experimnt', '1'], mlflow, /^error: unknown option '--experimnt'\n\(Did you mean --experiment\?\)/],
    [['foo', '--help'], {}, /^error: unknown command 'foo'/],
    [['help', 'backfil'], {}, /^error: unknown command 'backfil'\n\(Did you mean backfill\?\)/],
    [['help', 'dead-letters', 'lst'], {}, /^error: unknown command 'lst'\n\(Did you mean list\?\)/],
    [['monitor', 'show'], {}, /NoTables/],
    [
      ['monitor', 'drift', '--granularity', '1 week'],
      {},
      /"1 week" is none of 1 hour, 1 day\. .*for example --granularity "1 hour"/,
    ],
    [['config'], { TRACELIFT_PAGE_SIZE: '1000' }, /ConfigInvalid: .*TRACELIFT_PAGE_SIZE: use at most 500/],
    [['config'], { TRACELIFT_CONFIG: 'none.yaml' }, /ConfigFileUnreadable/],
  ];
  it.each(cases)('this command line ends with exit code 2 and says why: tracelift %j', async (args, env, expected) => {
    const { code, stdout, stderr } = await tracelift(args, { env });
    expect(stderr).toMatch(expected);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('without any argument shows the commands', async () => {
    const { code, stderr } = await tracelift([]);
    expect(code).toBe(2);
    expect(stderr).toContain('backfill');
  });
});

describe('commands that only look', () => {
  it('commands that only look write nothing into the working directory', async () => {
    const cwd = newFolder();
    for (const args of [['tables'], ['config'], ['status'], ['query', 'SELECT 1'], ['dead-letters', 'list']]) {
      await tracelift(args, { cwd });
    }
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('commands that only look print one JSON document and nothing else with --json', async () => {
    for (const args of [['tables'], ['tables', 'gold'], ['config'], ['status']]) {
      const { code, stdout, stderr } = await tracelift([...args, '--json'], { env: mlflow });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(() => void JSON.parse(stdout)).not.toThrow();
    }
  });

  it('commands that only look never print a secret', async () => {
    const env = { ...mlflow, MLFLOW_TRACKING_TOKEN: 'the-secret-token', TEMPORAL_API_KEY: 'the-secret-token' };
    for (const args of [['config'], ['config', '--json']]) {
      const { stdout } = await tracelift(args, { env });
      expect(stdout).toContain('***');
      expect(stdout).not.toContain('the-secret-token');
    }
  });

  it('config prints a file that the next command takes, with the same settings and no mask as a value', async () => {
    const env = {
      ...mlflow,
      MLFLOW_TRACKING_TOKEN: 'the-secret-token',
      TEMPORAL_ADDRESS: '127.0.0.1:7233',
      TRACELIFT_WEBHOOK_URL: 'https://hooks.example.com/1',
    };
    for (const variables of [{}, env]) {
      const cwd = newFolder();
      const { stdout } = await tracelift(['config'], { cwd, env: variables });
      writeFileSync(join(cwd, 'tracelift.yaml'), stdout);
      const { code, stdout: again } = await tracelift(['config'], { cwd, env: variables });
      expect(code).toBe(0);
      expect(stdout.split('\n').filter((line) => line.includes('***') && !/^ *# /.test(line))).toEqual([]);
      const settings = (text: string): string => text.replace(/^# .*\n/, '');
      expect(settings(again)).toBe(settings(stdout));
    }
  });

  it('config names the variables of the Temporal client beside the settings', async () => {
    const { stdout } = await tracelift(['config'], { env: { TEMPORAL_API_KEY: 'the-secret-token' } });
    expect(stdout).toContain('# environment variable TEMPORAL_API_KEY: ***');
  });

  it('commands that only look show every column with its meaning', async () => {
    const { stdout } = await tracelift(['tables', 'genai_processed_traces_gold']);
    expect(stdout).toContain('client_request_id');
    expect(stdout).toContain('join business data here');
  });
});

describe('doctor', () => {
  it('doctor checks everything even where the first server is wrong, says how to fix it, and ends with 1', async () => {
    const source = () => Promise.reject(new TraceliftError('SourceUnauthorized', { address: 'http://127.0.0.1:5000' }));
    const { code, stdout } = await tracelift(['doctor'], { env: mlflow, runtime: { source } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAIL {2}MLflow +SourceUnauthorized: /);
    expect(stdout).toMatch(/-> \w/);
    expect(stdout).toMatch(/ok {4}configuration/);
    expect(stdout).toMatch(/Temporal/);
  });

  it('doctor with a wrong configuration names the setting and skips the rest', async () => {
    const { code, stdout } = await tracelift(['doctor', '--json'], { env: { TRACELIFT_LOG_LEVEL: 'loud' } });
    const model = JSON.parse(stdout) as { ok: boolean; checks: { name: string; state: string; detail: string }[] };
    expect(code).toBe(1);
    expect(model.checks.find((check) => check.name === 'configuration')).toMatchObject({ state: 'failed' });
    expect(model.checks.find((check) => check.name === 'configuration')?.detail).toContain('TRACELIFT_LOG_LEVEL');
    expect(model.checks.filter((check) => check.state === 'skipped').length).toBeGreaterThan(5);
  });

  it('doctor names variables of the MLflow client that tracelift does not read, without their values', async () => {
    const source = () => Promise.reject(new TraceliftError('SourceUnauthorized', { address: 'http://127.0.0.1:5000' }));
    const env = { ...mlflow, MLFLOW_TRACKING_AUTH: 'our-plug-in', MLFLOW_TRACKING_AWS_SIGV4: 'false' };
    const { stdout } = await tracelift(['doctor'], { env, runtime: { source } });
    expect(stdout).toMatch(/warn {2}configuration/);
    expect(stdout).toContain('MLFLOW_TRACKING_AUTH');
    expect(stdout).not.toMatch(/our-plug-in|SIGV4/);
  });

  it('doctor makes no database where there is none', async () => {
    const cwd = newFolder();
    await tracelift(['doctor'], { cwd });
    expect(existsSync(join(cwd, 'tracelift-data'))).toBe(false);
  });
});

describe('a Temporal server that does not answer', () => {
  const env = { ...mlflow, TEMPORAL_ADDRESS: '127.0.0.1:1' };
  it('a Temporal server that does not answer ends the command with 3 and names the address', async () => {
    const { code, stderr } = await tracelift(['backfill', '-e', '1'], { env });
    expect(code).toBe(3);
    expect(stderr).toMatch(/TemporalUnreachable: .*127\.0\.0\.1:1/);
  });
});

describe('an unexpected failure', () => {
  it('an unexpected failure ends with 1 and says how to see more', async () => {
    const cwd = newFolder();
    mkdirSync(join(cwd, 'tracelift-data'));
    writeFileSync(join(cwd, 'tracelift-data', 'tracelift.duckdb'), '');
    const { code, stderr } = await tracelift(['query', 'SELECT 1'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('this test offers no target');
    expect(stderr).toContain('TRACELIFT_LOG_LEVEL=debug');
  });
});

describe('a data folder', () => {
  const experiment = {
    experimentId: '1',
    name: 'bot',
    lifecycleStage: 'active',
    createdAtMs: null,
    unityCatalogTraces: null,
  };
  const source = () =>
    Promise.resolve({ name: 'default', source: { getExperiment: () => Promise.resolve(experiment) } as never });

  it('a data folder that cannot be made ends a run before anything is started, with the setting to change', async () => {
    const cwd = newFolder();
    writeFileSync(join(cwd, 'file'), '');
    const env = { ...mlflow, TRACELIFT_DATA: join(cwd, 'file', 'data') };
    const { code, stderr } = await tracelift(['sync', '-e', '1'], { env, cwd, runtime: { source } });
    expect(stderr).toMatch(/^DataFolderUnusable: .*ENOTDIR.*TRACELIFT_DATA/);
    expect(code).toBe(2);
  });

  it('a data folder that other users can read is told by the doctor, with the command that closes it', async () => {
    const cwd = newFolder();
    const folder = join(cwd, 'tracelift-data');
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    expect((await tracelift(['doctor'], { cwd })).stdout).toMatch(
      /warn {2}data folder .*\n.*chmod 700 .*tracelift-data/,
    );
    chmodSync(folder, 0o700);
    expect((await tracelift(['doctor'], { cwd })).stdout).toMatch(/ok {4}data folder/);
  });
});

it('the name of an experiment cannot steer the terminal', async () => {
  const escape = String.fromCharCode(0x1b);
  const listExperiments = () =>
    Promise.resolve([
      { experimentId: '1', name: `${escape}[2Jbot`, lifecycleStage: 'active', unityCatalogTraces: null },
    ]);
  const describeServer = () => Promise.reject(new TraceliftError('SourceUnauthorized', { address: 'x' }));
  const answers = { listExperiments, describe: () => Promise.resolve({ spanRoutes: [] }), nowMs: describeServer };
  const source = () => Promise.resolve({ name: 'default', source: answers as never });
  const { stdout } = await tracelift(['doctor'], { env: mlflow, runtime: { source } });
  expect(stdout).toContain('\\x1b[2Jbot (1)');
  expect(stdout).not.toContain(escape);
});
