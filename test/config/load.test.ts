import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { maskedConfig, runDefaults, secretValues } from '../../src/config/index.js';
import { emptyFolder, load, problemOf } from './config-loading.js';
import { secretPaths } from '../../src/config/mask.js';
import { allSettings } from '../../src/config/settings.js';

describe('without any setting', () => {
  it('there is a local DuckDB target in ./tracelift-data and no source', () => {
    const config = load({});
    expect(config.defaultTarget).toBe('local');
    expect(config.targets['local']).toMatchObject({
      kind: 'duckdb',
      path: join(emptyFolder, 'tracelift-data', 'tracelift.duckdb'),
      stagingRoot: join(emptyFolder, 'tracelift-data', 'staging'),
    });
    expect(config.sources).toEqual({});
    expect(config.file).toBeNull();
  });

  it('the documented defaults of windows hold', () => {
    expect(load({}).windows).toMatchObject({
      windowTraces: 5000,
      batchTraces: 250,
      pageSize: 500,
      lagMs: 300_000,
      concurrency: 8,
    });
  });

  it('windows are smaller into DuckDB than into Databricks, unless their size is set', () => {
    const windowFetchesOf = (env: Record<string, string>): number[] =>
      (['duckdb', 'databricks'] as const).map((kind) => runDefaults(load(env), kind).windowFetches);
    expect(windowFetchesOf({})).toEqual([2000, 5000]);
    expect(windowFetchesOf({ TRACELIFT_WINDOW_FETCHES: '700' })).toEqual([700, 700]);
  });

  it('the configuration cannot be changed afterwards, at any depth', () => {
    const config = load({}) as { windows: { pageSize: number } };
    expect(() => (config.windows.pageSize = 1)).toThrow(TypeError);
  });
});

describe('the environment', () => {
  it('the environment gives the source `default` by the names that the MLflow client uses', () => {
    const config = load({
      MLFLOW_TRACKING_URI: 'https://mlflow.example.com/sub/',
      MLFLOW_TRACKING_TOKEN: 'a-token',
      MLFLOW_WORKSPACE: 'team-a',
      MLFLOW_TRACKING_SERVER_CERT_PATH: 'ca.pem',
      MLFLOW_TRACKING_CLIENT_CERT_PATH: 'certs/client.pem',
    });
    expect(config.sources['default']).toMatchObject({
      kind: 'mlflow',
      address: 'https://mlflow.example.com/sub',
      token: 'a-token',
      workspace: 'team-a',
      insecureTls: false,
      caFile: join(emptyFolder, 'ca.pem'),
      clientCertFile: join(emptyFolder, 'certs', 'client.pem'),
    });
    const insecure = load({ MLFLOW_TRACKING_URI: 'https://localhost', MLFLOW_TRACKING_INSECURE_TLS: 'true' });
    expect(insecure.sources['default']).toMatchObject({ insecureTls: true });
  });

  it('the environment wins over the file, value by value', () => {
    const file = 'windows: {pageSize: 100, batchTraces: 7}\nsources: {default: {address: "http://a", workspace: w}}';
    const config = load({ TRACELIFT_PAGE_SIZE: '50', MLFLOW_TRACKING_URI: 'http://b' }, file);
    expect(config.windows).toMatchObject({ pageSize: 50, batchTraces: 7 });
    expect(config.sources['default']).toMatchObject({ address: 'http://b', workspace: 'w' });
  });

  it('the environment takes credentials out of an address, so that no message can show them', () => {
    const config = load({ MLFLOW_TRACKING_URI: 'http://reader:p%40ss-word@127.0.0.1:5000' });
    expect(config.sources['default']).toMatchObject({
      address: 'http://127.0.0.1:5000',
      username: 'reader',
      password: 'p@ss-word',
    });
    expect(JSON.stringify(maskedConfig(config))).not.toContain('p@ss-word');
  });

  it.each([
    ['100%', '100%'],
    ['50%25off', '50%off'],
    ['%zz%40', '%zz@'],
    ['caf%e9', 'caf%e9'],
  ])('a password typed as %s in the address is %s: a percent sign that begins no code is itself', (typed, password) => {
    const { sources } = load({ MLFLOW_TRACKING_URI: `http://reader:${typed}@mlflow.example.com` });
    expect(sources['default']).toMatchObject({ username: 'reader', password, address: 'http://mlflow.example.com' });
  });

  it('what an address carries behind its question mark is masked: gateways take tokens there', () => {
    const config = load({ MLFLOW_TRACKING_URI: 'http://mlflow.example.com/?key=query-secret' });
    const text = JSON.stringify(maskedConfig(config));
    expect(text).not.toContain('query-secret');
    expect(text).toContain('http://mlflow.example.com/?***');
  });

  it('the environment sets every scalar setting that names a variable', () => {
    const scalar = allSettings().filter((setting) => setting.env !== undefined && setting.type !== 'object');
    const env = Object.fromEntries(
      scalar.map((setting) => [
        setting.env ?? '',
        Array.isArray(setting.example) ? setting.example.join(',') : String(setting.example),
      ]),
    );
    delete env['DATABRICKS_CONFIG_PROFILE'];
    const config = load({ ...env, TRACELIFT_USER_HASH_KEY: 'sixteen-characters' });
    expect(config.log).toEqual({ level: 'info', format: 'json' });
    expect(config.monitor.slicingColumns).toEqual(['trace_name', 'dim_environment']);
    expect(config.targets['databricks']).toMatchObject({ kind: 'databricks', catalog: 'main', schema: 'genai' });
  });

  it('the environment reads metrics from elsewhere as pairs', () => {
    const metrics = { faithfulness: 'tag:eval.faithfulness', grade: 'span:EVALUATOR:outputs.score' };
    const text = 'faithfulness=tag:eval.faithfulness,grade=span:EVALUATOR:outputs.score';
    expect(load({ TRACELIFT_METRICS: text }).processing.metrics).toEqual(metrics);
  });

  it('the environment reads dimensions as pairs', () => {
    expect(load({ TRACELIFT_DIMENSIONS: 'environment=tag:env, tenant=metadata:a=b' }).processing.dimensions).toEqual({
      environment: 'tag:env',
      tenant: 'metadata:a=b',
    });
  });

  it('an empty variable counts as not set', () => {
    expect(load({ MLFLOW_TRACKING_URI: '', TRACELIFT_PAGE_SIZE: ' ' }).sources).toEqual({});
  });

  it('a stray MLflow or Databricks variable alone makes no half-filled connection', () => {
    const config = load({
      MLFLOW_TRACKING_TOKEN: 'abc',
      MLFLOW_WORKSPACE: 'w',
      DATABRICKS_HOST: 'h',
      DATABRICKS_TOKEN: 't',
    });
    expect(config.sources).toEqual({});
    expect(Object.keys(config.targets)).toEqual(['local']);
  });
});

describe('a file', () => {
  it('a file may be JSON, and its relative paths start from its own folder', () => {
    const config = load({}, '{"targets":{"other":{"kind":"duckdb","path":"a/b.duckdb"}}}', 'tracelift.json');
    const other = config.targets['other'];
    if (other?.kind !== 'duckdb' || config.file === null) throw new Error('no such target');
    expect(other.path).toBe(join(config.file, '..', 'a', 'b.duckdb'));
    expect(other.stagingRoot).toBe(join(config.file, '..', 'a', 'staging'));
  });

  it('a file takes secrets from the environment by ${NAME}', () => {
    const file = 'sources: {prod: {address: "http://a", token: "${PROD_TOKEN}"}}';
    expect(load({ PROD_TOKEN: 'abcdefgh' }, file).sources['prod']?.token).toBe('abcdefgh');
    expect(problemOf({}, file).message).toContain('sources.prod.token: the environment variable PROD_TOKEN is not set');
  });

  it('a file with one source only makes that source the default', () => {
    expect(load({}, 'sources: {prod: {address: "http://a"}}').defaultSource).toBe('prod');
  });

  it('a file that does not exist or is no YAML is refused without showing its text', () => {
    expect(problemOf({ TRACELIFT_CONFIG: 'nowhere.yaml' })).toMatchObject({ code: 'ConfigFileUnreadable' });
    const broken = problemOf({}, 'sources: {a: {token: very-secret-token');
    expect(broken.code).toBe('ConfigFileUnreadable');
    expect(broken.message).toMatch(/not valid YAML at line \d+/);
    expect(broken.message).not.toContain('very-secret-token');
  });
});

describe('a Databricks profile', () => {
  const profiles = join(emptyFolder, 'databrickscfg');
  writeFileSync(
    profiles,
    '[DEFAULT]\nhost = https://d\n\n[prod]\nhost = https://p\nclient_id = id\nclient_secret = sec\n',
  );
  const base = { TRACELIFT_DATABRICKS_CATALOG: 'main', TRACELIFT_DATABRICKS_SCHEMA: 's', DATABRICKS_WAREHOUSE_ID: 'w' };

  it('a Databricks profile gives host and credentials that are not set otherwise', () => {
    const config = load({
      ...base,
      DATABRICKS_CONFIG_FILE: profiles,
      DATABRICKS_CONFIG_PROFILE: 'prod',
      DATABRICKS_CLIENT_ID: 'mine',
    });
    expect(config.targets['databricks']).toMatchObject({ host: 'https://p', clientId: 'mine', clientSecret: 'sec' });
    expect(load({ ...base, DATABRICKS_CONFIG_FILE: profiles }).targets['databricks']).toMatchObject({
      host: 'https://d',
    });
  });

  it('a Databricks profile that does not exist is named', () => {
    const error = problemOf({ ...base, DATABRICKS_CONFIG_FILE: profiles, DATABRICKS_CONFIG_PROFILE: 'nope' });
    expect(error.message).toContain('there is no profile nope in');
  });
});

describe('MLflow on Databricks', () => {
  const profiles = join(emptyFolder, 'databrickscfg-sources');
  writeFileSync(
    profiles,
    '[DEFAULT]\nhost = d.example.com\ntoken = dapi-d\n\n[prod]\nhost = https://p/\ntoken = dapi-p\n',
  );
  const file = { DATABRICKS_CONFIG_FILE: profiles };

  it('MLflow on Databricks is reached by what the environment says, whatever was set for other servers', () => {
    const config = load({
      MLFLOW_TRACKING_URI: 'databricks',
      DATABRICKS_HOST: 'dbc-1.cloud.databricks.com',
      DATABRICKS_CLIENT_ID: 'id',
      DATABRICKS_CLIENT_SECRET: 'sec',
      MLFLOW_TRACKING_TOKEN: 'of another server',
      MLFLOW_WORKSPACE: 'w',
      TRACELIFT_SOURCE_MAX_SEARCHES_PER_SECOND: '5',
    });
    expect(config.sources['default']).toMatchObject({
      kind: 'databricks',
      address: 'https://dbc-1.cloud.databricks.com',
      clientId: 'id',
      clientSecret: 'sec',
      maxSearchesPerSecond: 5,
      maxDownloadsPerSecond: 200,
    });
    expect(config.sources['default']).not.toHaveProperty('token');
  });

  it('MLflow on Databricks is reached by a named profile alone, and by the default one where nothing else names a host', () => {
    const named = load({
      ...file,
      MLFLOW_TRACKING_URI: 'databricks://prod',
      DATABRICKS_HOST: 'h',
      DATABRICKS_TOKEN: 't',
    });
    expect(named.sources['default']).toMatchObject({ address: 'https://p', token: 'dapi-p' });
    const unnamed = load({ ...file, MLFLOW_TRACKING_URI: 'databricks' });
    expect(unnamed.sources['default']).toMatchObject({ address: 'https://d.example.com', token: 'dapi-d' });
  });

  it('MLflow on Databricks never gets a token that was set for another workspace', () => {
    const sources = 'sources: {lake: {kind: databricks, address: "https://other"}}';
    const env = { DATABRICKS_HOST: 'https://mine', DATABRICKS_TOKEN: 'dapi-mine' };
    expect(problemOf(env, sources).message).toContain('sources.lake: the credentials are missing');
    const same = load({ ...env, DATABRICKS_HOST: 'https://other/' }, sources);
    expect(same.sources['lake']).toMatchObject({ address: 'https://other', token: 'dapi-mine' });
  });

  it('MLflow on Databricks may stand beside other servers in a file', () => {
    const sources = 'sources: {a: {address: "http://a"}, lake: {address: "databricks://prod", sourceId: lake}}';
    expect(load(file, sources).sources).toMatchObject({
      a: { kind: 'mlflow' },
      lake: { kind: 'databricks', address: 'https://p', token: 'dapi-p', sourceId: 'lake' },
    });
  });
});

describe('secrets', () => {
  const secret = 'S3cret-Value-1234567';
  const config = load({
    MLFLOW_TRACKING_URI: 'http://127.0.0.1:5000',
    MLFLOW_TRACKING_PASSWORD: secret,
    MLFLOW_TRACKING_TOKEN: secret,
    DATABRICKS_HOST: 'h',
    DATABRICKS_TOKEN: secret,
    DATABRICKS_CLIENT_SECRET: secret,
    DATABRICKS_WAREHOUSE_ID: 'w',
    TRACELIFT_DATABRICKS_CATALOG: 'main',
    TRACELIFT_DATABRICKS_SCHEMA: 's',
    TRACELIFT_USER_HASH_KEY: secret,
    TRACELIFT_WEBHOOK_URL: `https://hooks.example.com/${secret}`,
    TEMPORAL_API_KEY: secret,
    TEMPORAL_TLS_CLIENT_KEY_DATA: secret,
    TEMPORAL_GRPC_META_AUTHORIZATION: secret,
  });

  it('secrets never show in the masked configuration, while other values do', () => {
    const text = JSON.stringify(maskedConfig(config));
    expect(text).not.toContain(secret);
    expect(text).toContain('http://127.0.0.1:5000');
  });

  it('all secrets of the configuration are known to the logger', () => {
    expect(secretPaths.length).toBeGreaterThanOrEqual(9);
    expect(new Set(secretValues(config))).toEqual(new Set([secret, `https://hooks.example.com/${secret}`]));
  });
});
