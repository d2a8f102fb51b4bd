/**
 * Settings of MLflow servers (sources). Must not read the environment or any file.
 */
import { z } from 'zod';
import { connectionName, httpAddress, serverName, setting, wholeNumber } from './fields.js';

const optionalText = z.string().min(1).optional();

const mlflowSource = z
  .strictObject({
    kind: setting(z.literal('mlflow').default('mlflow'), {
      description: 'An MLflow tracking server, reached over HTTP.',
      example: 'mlflow',
    }),
    address: setting(httpAddress, {
      description: 'Address of the MLflow server. Credentials inside it are taken out and used as username/password.',
      env: 'MLFLOW_TRACKING_URI',
      example: 'http://127.0.0.1:5000',
    }),
    sourceId: setting(serverName.optional(), {
      description:
        'Name of this server inside every table key. Default: derived from the address. Never change it once data landed.',
      env: 'TRACELIFT_SOURCE_ID',
      example: 'mlflow-prod',
    }),
    username: setting(optionalText, {
      description: 'User for HTTP Basic authentication.',
      env: 'MLFLOW_TRACKING_USERNAME',
      example: 'reader',
    }),
    password: setting(optionalText, {
      description: 'Password for HTTP Basic authentication.',
      env: 'MLFLOW_TRACKING_PASSWORD',
      secret: true,
      example: '${MLFLOW_PASSWORD}',
    }),
    token: setting(optionalText, {
      description: 'Bearer token; username and password win over it, as in the MLflow client.',
      env: 'MLFLOW_TRACKING_TOKEN',
      secret: true,
      example: '${MLFLOW_TOKEN}',
    }),
    workspace: setting(optionalText, {
      description: 'MLflow workspace (3.10 and later). Only for servers with workspaces: others refuse every request.',
      env: 'MLFLOW_WORKSPACE',
      example: 'team-a',
    }),
    clientCertFile: setting(optionalText, {
      description:
        'PEM file with the client certificate and its unencrypted private key, where the server demands one (mutual TLS).',
      env: 'MLFLOW_TRACKING_CLIENT_CERT_PATH',
      example: '/etc/ssl/private/tracelift.pem',
    }),
    insecureTls: setting(z.boolean().default(false), {
      description: 'Accepts any TLS certificate. For tests only; caFile is the safe way, and excludes it.',
      env: 'MLFLOW_TRACKING_INSECURE_TLS',
      example: false,
    }),
    caFile: setting(optionalText, {
      description: 'PEM file with the certificate authority of the server.',
      env: 'MLFLOW_TRACKING_SERVER_CERT_PATH',
      example: '/etc/ssl/certs/mlflow-ca.pem',
    }),
    requestTimeoutMs: setting(wholeNumber(1000, 3_600_000).default(120_000), {
      description: 'How long one request may take before it is given up and tried again.',
      unit: 'milliseconds',
      env: 'TRACELIFT_SOURCE_TIMEOUT_MS',
      example: 120_000,
    }),
    maxConcurrentRequests: setting(wholeNumber(1, 256).default(8), {
      description: 'How many requests one worker keeps open to this server at the same time.',
      unit: 'requests',
      env: 'TRACELIFT_SOURCE_MAX_REQUESTS',
      example: 8,
    }),
  })
  .refine(({ insecureTls, caFile }) => !insecureTls || caFile === undefined, {
    message:
      'caFile (MLFLOW_TRACKING_SERVER_CERT_PATH) is of no use while insecureTls (MLFLOW_TRACKING_INSECURE_TLS) is true: set one of them',
    path: ['insecureTls'],
  })
  .meta({ description: 'MLflow server' });

const databricksSource = z
  .strictObject({
    kind: setting(z.literal('databricks'), {
      description: 'MLflow in a Databricks workspace. The address `databricks` alone says the same.',
      example: 'databricks',
    }),
    address: setting(httpAddress, {
      description:
        'Workspace address, or MLflow’s words: `databricks` takes host and credentials from DATABRICKS_HOST, …, `databricks://<profile>` from that profile.',
      env: 'MLFLOW_TRACKING_URI',
      example: 'databricks',
    }),
    sourceId: setting(serverName.optional(), {
      description:
        'Name of this workspace inside every table key. Default: its host. Never change it once data landed.',
      env: 'TRACELIFT_SOURCE_ID',
      example: 'workspace-prod',
    }),
    profile: setting(optionalText, {
      description: 'Profile in ~/.databrickscfg (or DATABRICKS_CONFIG_FILE) that gives host and credentials.',
      example: 'DEFAULT',
    }),
    token: setting(optionalText, {
      description: 'Personal access token. Default: DATABRICKS_TOKEN, unless a profile is named.',
      secret: true,
      example: '${DATABRICKS_TOKEN}',
    }),
    clientId: setting(optionalText, {
      description:
        'Client id of a service principal (OAuth). Default: DATABRICKS_CLIENT_ID, unless a profile is named.',
      example: '00000000-0000-0000-0000-000000000000',
    }),
    clientSecret: setting(optionalText, {
      description: 'Its secret. Default: DATABRICKS_CLIENT_SECRET, unless a profile is named.',
      secret: true,
      example: '${DATABRICKS_CLIENT_SECRET}',
    }),
    caFile: setting(optionalText, {
      description: 'PEM file with a certificate authority to trust besides the usual ones. Default: as for the target.',
      example: '/etc/ssl/certs/proxy-ca.pem',
    }),
    requestTimeoutMs: setting(wholeNumber(1000, 3_600_000).default(120_000), {
      description: 'How long one request may take before it is given up and tried again.',
      unit: 'milliseconds',
      env: 'TRACELIFT_SOURCE_TIMEOUT_MS',
      example: 120_000,
    }),
    maxConcurrentRequests: setting(wholeNumber(1, 256).default(32), {
      description: 'How many requests one worker keeps open to the workspace at the same time.',
      unit: 'requests',
      env: 'TRACELIFT_SOURCE_MAX_REQUESTS',
      example: 32,
    }),
    maxSearchesPerSecond: setting(wholeNumber(1, 1000).default(25), {
      description: 'Searches one worker sends; the workspace allows 25 in all, so several workers share them.',
      unit: 'requests per second',
      env: 'TRACELIFT_SOURCE_MAX_SEARCHES_PER_SECOND',
      example: 25,
    }),
    maxDownloadsPerSecond: setting(wholeNumber(1, 10_000).default(200), {
      description: 'Traces one worker downloads; the workspace allows 200 in all, so several workers share them.',
      unit: 'requests per second',
      env: 'TRACELIFT_SOURCE_MAX_DOWNLOADS_PER_SECOND',
      example: 200,
    }),
  })
  .meta({ description: 'MLflow on Databricks' });

/** Every named MLflow server. */
export const sources = z
  .record(connectionName, z.discriminatedUnion('kind', [mlflowSource, databricksSource]))
  .default({})
  .meta({
    description: 'MLflow servers by name. The environment (MLFLOW_TRACKING_URI, …) fills the one named `default`.',
  });
