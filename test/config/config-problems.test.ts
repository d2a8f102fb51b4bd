import { describe, expect, it } from 'vitest';
import { load, problemOf } from './config-loading.js';

describe('a wrong setting is refused with its origin, its problem and an example', () => {
  const cases: readonly (readonly [string, Record<string, string>, string | undefined, string])[] = [
    [
      'text for a number',
      { TRACELIFT_WINDOW_TRACES: 'many' },
      undefined,
      'environment variable TRACELIFT_WINDOW_TRACES: use a number (for example 5000)',
    ],
    [
      'a number over its limit',
      { TRACELIFT_PAGE_SIZE: '501' },
      undefined,
      'environment variable TRACELIFT_PAGE_SIZE: use at most 500',
    ],
    [
      'a fraction for a count',
      { TRACELIFT_PAGE_SIZE: '1.5' },
      undefined,
      'environment variable TRACELIFT_PAGE_SIZE: use a number',
    ],
    ['a word that is no choice', { TRACELIFT_LOG_LEVEL: 'loud' }, undefined, 'use one of debug, info, warn, error'],
    ['no truth value', { TRACELIFT_MONITOR: 'perhaps' }, undefined, 'TRACELIFT_MONITOR: use true or false'],
    ['a short hash key', { TRACELIFT_USER_HASH_KEY: 'short' }, undefined, 'use at least 16 characters'],
    [
      'a file path as tracking address',
      { MLFLOW_TRACKING_URI: 'sqlite:///mlflow.db' },
      undefined,
      'MLFLOW_TRACKING_URI: use an address that starts with http:// or https:// (for example http://127.0.0.1:5000)',
    ],
    [
      'MLflow on Databricks without a host',
      { MLFLOW_TRACKING_URI: 'databricks' },
      undefined,
      'sources.default: host (DATABRICKS_HOST) must be set',
    ],
    [
      'MLflow on Databricks without credentials',
      { MLFLOW_TRACKING_URI: 'databricks', DATABRICKS_HOST: 'h', MLFLOW_TRACKING_TOKEN: 'of another server' },
      undefined,
      'sources.default: the credentials are missing: DATABRICKS_TOKEN',
    ],
    [
      'MLflow on Databricks by a profile that does not exist',
      { MLFLOW_TRACKING_URI: 'databricks://nope', DATABRICKS_HOST: 'h', DATABRICKS_TOKEN: 't' },
      undefined,
      'sources.default: there is no profile nope in',
    ],
    [
      'an unknown target',
      { TRACELIFT_TARGET: 'lake' },
      undefined,
      'defaultTarget (TRACELIFT_TARGET): nothing is configured under the name lake; there are: local',
    ],
    ['an unknown key', {}, 'window: {}', 'tracelift.yaml, window: there is no such setting'],
    [
      'a misspelt nested key',
      {},
      'sources: {a: {address: "http://a", tokn: x}}',
      'tracelift.yaml, sources.a.tokn: there is no such setting; did you mean token?',
    ],
    [
      'a misspelt group',
      {},
      'procesing: {}',
      'tracelift.yaml, procesing: there is no such setting; did you mean processing?',
    ],
    [
      'a misspelt variable',
      { TRACELIFT_DIMENSION: 'environment=tag:environment' },
      undefined,
      'environment variable TRACELIFT_DIMENSION: there is no such setting; did you mean TRACELIFT_DIMENSIONS?',
    ],
    [
      'a variable with two letters swapped, beside a wrong value',
      { TRACELIFT_TAGRET: 'lake', TRACELIFT_PAGE_SIZE: '0' },
      undefined,
      'TRACELIFT_TAGRET: there is no such setting; did you mean TRACELIFT_TARGET?; environment variable TRACELIFT_PAGE_SIZE',
    ],
    ['an unknown kind', {}, 'targets: {x: {kind: postgres}}', 'targets.x.kind: the kind is not known'],
    ['a source without address', {}, 'sources: {a: {username: u}}', 'sources.a.address: it must be set'],
    [
      'a certificate authority for a server that is not to be checked, as in the MLflow client',
      {
        MLFLOW_TRACKING_URI: 'https://a',
        MLFLOW_TRACKING_INSECURE_TLS: 'true',
        MLFLOW_TRACKING_SERVER_CERT_PATH: 'ca.pem',
      },
      undefined,
      'MLFLOW_TRACKING_INSECURE_TLS: caFile (MLFLOW_TRACKING_SERVER_CERT_PATH) is of no use while insecureTls',
    ],
    ['a bad name', {}, 'sources: {"a b": {address: "http://a"}}', 'sources.a b: use 1 to 64 letters'],
    [
      'two tables of one name',
      {},
      'targets: {local: {kind: duckdb, tableNames: {gold: x, raw: x}}}',
      'two tables have the same name',
    ],
    [
      'SQL in a table name',
      {},
      'targets: {local: {kind: duckdb, tableNames: {gold: "x; DROP TABLE y"}}}',
      'tableNames.gold: use lower-case letters',
    ],
    [
      'a bad dimension',
      {},
      'processing: {dimensions: {env: environment}}',
      'processing.dimensions.env: use tag:<key> or metadata:<key>',
    ],
    [
      'a metric from nowhere',
      {},
      'processing: {metrics: {grade: "span:EVALUATOR"}}',
      'processing.metrics.grade: use tag:<key>, metadata:<key> or span:<type>:outputs.<path>',
    ],
    [
      'Databricks without host',
      { TRACELIFT_DATABRICKS_CATALOG: 'main' },
      undefined,
      'host (DATABRICKS_HOST) must be set',
    ],
    [
      'Databricks without warehouse',
      { TRACELIFT_DATABRICKS_CATALOG: 'main', TRACELIFT_DATABRICKS_SCHEMA: 's', DATABRICKS_HOST: 'h' },
      undefined,
      'DATABRICKS_WAREHOUSE_ID',
    ],
    ['no map', {}, '- a\n- b', 'it must hold settings'],
  ];
  it.each(cases)(
    'a configuration with this mistake is refused and the mistake is named: %s',
    (_name, env, file, expected) => {
      expect(problemOf(env, file).message).toContain(expected);
    },
  );

  it('a variable that only begins like ours, such as those of a Kubernetes service of that name, is not refused', () => {
    const others = { TRACELIFT_PORT: 'tcp://10.0.0.1:80', TRACELIFT_SERVICE_HOST: '10.0.0.1', TRACELIFT_TAGRET: '' };
    expect(load(others).defaultTarget).toBe('local');
  });

  it('all wrong settings are named at once, never with the value of a secret', () => {
    const error = problemOf({
      TRACELIFT_PAGE_SIZE: '0',
      TRACELIFT_USER_HASH_KEY: 'hunter2',
      TRACELIFT_LOG_FORMAT: 'xml',
    });
    expect(error.code).toBe('ConfigInvalid');
    expect(error.message).toMatch(
      /TRACELIFT_PAGE_SIZE.*TRACELIFT_LOG_FORMAT|TRACELIFT_LOG_FORMAT.*TRACELIFT_PAGE_SIZE/,
    );
    expect(error.message).not.toContain('hunter2');
  });
});
