/** Opens a configured source. Part of src/wiring. */
import { createTokenSource } from '../targets/databricks/token-source.js';
import type { TokenFailure } from '../targets/databricks/token-source.js';
import type { WorkspaceOptions } from '../targets/databricks/connection.js';
import { createMlflowSource } from '../sources/mlflow/mlflow-source.js';
import type { SourceAuth } from '../sources/mlflow/source-options.js';
import type { DatabricksSourceConfig, MlflowSourceConfig, SourceConfig } from '../config/index.js';
import { TraceliftError } from '../errors/index.js';
import type { Log } from '../log.js';
import type { TraceSource } from '../sources/trace-source.js';
import { readCaFile, readClientCertFile } from './pem-files.js';

/**
 * Nothing is sent before it is asked for.
 * @throws ConfigInvalid where a certificate cannot be read
 */
export async function openSource(name: string, source: SourceConfig, log: Log): Promise<TraceSource> {
  const { caFile, address, sourceId, requestTimeoutMs, maxConcurrentRequests } = source;
  const caPem = caFile === undefined ? undefined : await readCaFile(`sources.${name}.caFile`, caFile);
  const common = {
    address,
    ...(sourceId === undefined ? {} : { sourceId }),
    requestTimeoutMs,
    maxConcurrentRequests,
    log,
  };
  const trusted = caPem === undefined ? {} : { caPem };
  if (source.kind === 'databricks') return openDatabricksSource(source, { ...common, tls: trusted });
  const { clientCertFile, insecureTls: insecure } = source;
  const clientPem =
    clientCertFile === undefined
      ? undefined
      : await readClientCertFile(`sources.${name}.clientCertFile`, clientCertFile);
  return createMlflowSource({
    ...common,
    auth: authOf(source),
    ...(source.workspace === undefined ? {} : { workspace: source.workspace }),
    tls: { insecure, ...trusted, ...(clientPem === undefined ? {} : { clientPem }) },
  });
}

function openDatabricksSource(
  source: DatabricksSourceConfig,
  common: Omit<Parameters<typeof createMlflowSource>[0], 'auth'>,
): TraceSource {
  const { address, tls, log } = common;
  const credentials = credentialsOf(source);
  const tokens = createTokenSource({
    host: address,
    credentials,
    ...(tls?.caPem === undefined ? {} : { caPem: tls.caPem }),
    toError: sourceError,
    log,
  });
  const { maxSearchesPerSecond, maxDownloadsPerSecond } = source;
  const opened = createMlflowSource({
    ...common,
    auth: { kind: 'tokens', tokens },
    databricks: { maxSearchesPerSecond, maxDownloadsPerSecond },
  });
  const close = opened.close.bind(opened);
  opened.close = async () => {
    await close();
    tokens.close();
  };
  return opened;
}

/** A token wins over a client id, as in Databricks' own tools. The configuration has one of them. */
function credentialsOf({ token, clientId, clientSecret }: DatabricksSourceConfig): WorkspaceOptions['credentials'] {
  if (token !== undefined) return { kind: 'token', token };
  return { kind: 'oauth', clientId: clientId ?? '', clientSecret: clientSecret ?? '' };
}

/** What a source cannot do without a token. */
function sourceError({ kind, address, reason }: TokenFailure): TraceliftError {
  if (kind === 'refused') return new TraceliftError('SourceTokenRefused', { address, reason });
  return new TraceliftError(kind === 'certificate' ? 'SourceCertificate' : 'SourceUnreachable', { address, reason });
}

/** As the MLflow client does: username and password win over a token. */
function authOf(source: MlflowSourceConfig): SourceAuth {
  if (source.username !== undefined || source.password !== undefined) {
    return { kind: 'basic', username: source.username ?? '', password: source.password ?? '' };
  }
  return source.token === undefined ? { kind: 'none' } : { kind: 'bearer', token: source.token };
}
