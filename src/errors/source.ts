/** Reading from MLflow. Part of the catalogue in index.ts. Pure. */
import { entry } from './entry.js';
import type { ErrorEntry } from './entry.js';

export const sourceErrors = {
  SourceUnreachable: entry(
    'transient',
    'The MLflow server at {address} did not answer: {reason}.',
    'This call read nothing. A run tries it again; any other command ends.',
    'Check that the server runs, and that its address and port can be reached from where tracelift runs.',
  ),
  SourceCertificate: entry(
    'config',
    'The MLflow server at {address} cannot be trusted: {reason}.',
    'No connection was made and nothing was sent.',
    'Set the certificate authority that signed its certificate (caFile), or use the address that the certificate names.',
  ),
  SourceClientCertificate: entry(
    'config',
    'The MLflow server at {address} does not take this client: {reason}.',
    'Nothing was read.',
    'Set clientCertFile (MLFLOW_TRACKING_CLIENT_CERT_PATH) to a PEM file with a certificate that the server accepts and its private key.',
  ),
  SourceRateLimited: entry(
    'transient',
    'The MLflow server at {address} refuses further requests at the moment (HTTP {status}).',
    'This call read nothing. A run waits as long as the server asks and tries it again; any other command ends.',
    'If this repeats, lower the number of parallel requests (maxConcurrentRequests) or the concurrency of the run.',
  ),
  SourceServerError: entry(
    'transient',
    'The MLflow server at {address} failed with HTTP {status} on {request}: {reason}.',
    'This call read nothing. A run tries it again; any other command ends.',
    'If this repeats, see the log of the MLflow server.',
  ),
  SourceUnauthorized: entry(
    'config',
    'The MLflow server at {address} does not accept the credentials (HTTP 401).',
    'Nothing was read.',
    'Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.',
  ),
  SourceTokenRefused: entry(
    'config',
    'Databricks at {address} does not accept the credentials for reading MLflow: {reason}.',
    'Nothing was read.',
    'Check DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or the profile in ~/.databrickscfg.',
  ),
  SourceForbidden: entry(
    'config',
    'The MLflow server at {address} knows these credentials but forbids {request} (HTTP 403): {reason}.',
    'This call read nothing.',
    'Ask an administrator of the server for the right to read the experiment and its traces. Where MLflow manages rights, it says the same about experiments that do not exist.',
  ),
  SourceHostRefused: entry(
    'config',
    'The MLflow server at {address} refuses the name it was called by (Host header "{host}").',
    'Nothing was read, although the /health and /version pages of the server answer.',
    'Start the server with --allowed-hosts "{host}" (or MLFLOW_SERVER_ALLOWED_HOSTS), or call it by a name it allows.',
  ),
  SourceFeatureDisabled: entry(
    'config',
    'The MLflow server at {address} has no workspaces, but workspace "{workspace}" is configured.',
    'Nothing was read.',
    'Leave the workspace setting empty, or enable workspaces on the server (MLflow 3.10 or later).',
  ),
  SourceWorkspaceUnknown: entry(
    'config',
    'The MLflow server at {address} does not have the workspace "{workspace}".',
    'Nothing was read.',
    'Correct MLFLOW_WORKSPACE, or the workspace of the source in the configuration file: names are exact. Leave it out for the default workspace.',
  ),
  SourceRedirected: entry(
    'config',
    'The MLflow server at {address} redirects {request} to {target}.',
    'Nothing was read; credentials are not sent to another address.',
    'Use the final address of the server as the tracking URI. If it is a login page, a proxy wants credentials.',
  ),
  SourceRequestRefused: entry(
    'terminal',
    'The MLflow server at {address} refuses {request} (HTTP {status}, {errorCode}).',
    'This call read nothing.',
    'Check that the server is a supported MLflow version (2.14 or later), then report this.',
  ),
  SourcePathMissing: entry(
    'config',
    'The MLflow server at {address} has nothing at {request} (HTTP 404, and the answer is not from MLflow).',
    'This call read nothing, and no trace was counted as missing.',
    'Check the address: a server with --static-prefix needs the prefix at its end, and a proxy must pass on /api and /ajax-api.',
  ),
  SourceBadAnswer: entry(
    'data',
    'The MLflow server at {address} answered {request} with something unexpected: {reason}.',
    'This call read nothing.',
    'Check that the address leads to an MLflow server, and not to a proxy or a login page in front of it.',
  ),
  SourceAnswerTooLarge: entry(
    'data',
    'The answer of {address} to {request} is larger than the limit of {maxBytes} bytes.',
    'Nothing was read.',
    'If it was a page of the listing, lower pageSize. A single trace of this size cannot be read.',
  ),
  ExperimentNotFound: entry(
    'input',
    'The MLflow server at {address} has no experiment {experiment}.',
    'Nothing was started and nothing was written.',
    'Name an existing experiment by id or by its exact name.',
  ),
  ExperimentInUnityCatalog: entry(
    'input',
    'The traces of experiment {experiment} lie in tables of Unity Catalog ({tables}), where the trace search of MLflow does not find them.',
    'Nothing was read of it: a listing without traces would have passed for a complete copy.',
    'Query these tables where they are. To copy traces, name an experiment whose traces lie in MLflow itself.',
  ),
  SourceChanged: entry(
    'config',
    'The address {address} leads to another MLflow server than before: experiment {experiment} there {difference}.',
    'Nothing more was written; what was committed before stays.',
    'Make the address lead to the same server again, then run the same command again. Give another server a name of its own (sourceId, TRACELIFT_SOURCE_ID), so that its rows are kept apart. If it is the same server, restored or moved, run once with --accept-changed-source.',
  ),
  TraceInfoUnusable: entry(
    'data',
    'The listing of trace {traceId} cannot be used: {reason}.',
    'The trace is kept as a dead letter; all other traces are copied.',
    'Open the trace in the MLflow server.',
  ),
  TraceUnreadable: entry(
    'data',
    'The MLflow server lists trace {traceId} but fails to serve it (a NaN in an assessment does that).',
    'The trace is kept as a dead letter; all other traces are copied.',
    'Delete or correct the assessment with the value NaN at the source.',
  ),
  SpansUnreadable: entry(
    'data',
    'The spans of trace {traceId} cannot be read: {reason}.',
    'The trace is kept as a dead letter; all other traces are copied.',
    'Open the trace in the MLflow server to see whether its spans exist.',
  ),
} as const satisfies Record<string, ErrorEntry>;
