/**
 * Turns what an MLflow server answers instead of data into errors of the catalogue. Texts hold the server's error
 * code, never its message: messages of databases quote data.
 */
import { TraceliftError } from '../../errors/index.js';
import { readJson } from '../../json/decode-json.js';
import { member, textOrNull } from '../../trace/wire/decode-values.js';
import type { HttpAnswer, HttpFailure } from '../../http/http-client.js';
import { isTransientStatus } from '../../http/retry-policy.js';

/** What error texts may say about the connection. */
export interface Connection {
  /** Without credentials. */
  readonly address: string;
  /** Host and port as sent in the Host header. */
  readonly host: string;
  readonly workspace: string | undefined;
  /** True for MLflow in a Databricks workspace. */
  readonly isDatabricks: boolean;
}

/** The server's own error body, `{"error_code": …, "message": …}`. */
export interface ServerError {
  readonly errorCode: string;
  /** For decisions only, never for texts. */
  readonly message: string;
}

/** @returns null where the body is no MLflow error: HTML of a crash, text of a proxy */
export function serverErrorOf(answer: HttpAnswer): ServerError | null {
  const reading = readJson(answer.text);
  const errorCode = reading.ok ? textOrNull(member(reading.value, 'error_code')) : null;
  if (!reading.ok || errorCode === null) return null;
  return { errorCode, message: textOrNull(member(reading.value, 'message')) ?? '' };
}

/**
 * True where an answer means "no such endpoint": no MLflow error body, or one about a trace with the endpoint's name.
 * @param endpoint last part of the path where it can be taken for a trace id, else null
 */
export function isMissing(answer: HttpAnswer, endpoint: string | null): boolean {
  if (answer.status !== 404 && answer.status !== 405 && answer.status !== 501) return false;
  const serverError = serverErrorOf(answer);
  if (serverError === null || serverError.errorCode === 'ENDPOINT_NOT_FOUND') return true;
  return endpoint !== null && serverError.message.includes(`'${endpoint}'`);
}

/** 401, or Databricks' 403 about the token itself, which occurs for expired ones. A 403 about a right says something else. */
export function isTokenRefused(answer: HttpAnswer): boolean {
  if (answer.status === 401) return true;
  return answer.status === 403 && /\btoken\b/i.test(serverErrorOf(answer)?.message ?? '');
}

/** A 403 about the name that the server was called by: text of mlflow/server/security_utils.py, since MLflow 3.5. */
export function isHostRefused(answer: HttpAnswer): boolean {
  return answer.text.includes('Invalid Host header');
}

/**
 * nginx lets the handshake pass and answers 400 with a page of its own (ngx_http_special_response.c). Null: it is none of
 * these pages.
 */
function clientCertificateWanted({ status, text }: HttpAnswer): string | null {
  if (status !== 400) return null;
  if (text.includes('No required SSL certificate was sent')) return 'it demands a client certificate and got none';
  return text.includes('The SSL certificate error') ? 'it does not accept the client certificate' : null;
}

/**
 * True where the server refuses the workspace that it was asked for, whatever the request was about: it answers
 * "Workspace 'x' not found" (404) or that the name is none (400); mlflow/server/workspace_helpers.py, since MLflow 3.10.
 */
export function isWorkspaceRefused({ workspace }: Connection, answer: HttpAnswer): boolean {
  if (workspace === undefined || (answer.status !== 404 && answer.status !== 400)) return false;
  return /\bworkspace\b/i.test(serverErrorOf(answer)?.message ?? '');
}

/** @param request method and path, without query */
export function errorOfAnswer(connection: Connection, request: string, answer: HttpAnswer): TraceliftError {
  const { address } = connection;
  const { status } = answer;
  if (status >= 300 && status < 400) {
    return new TraceliftError('SourceRedirected', { address, request, target: redirectTarget(address, answer) });
  }
  const serverError = serverErrorOf(answer);
  const reason = serverError?.errorCode ?? withoutErrorBody(answer);
  if (status === 401 || status === 403) return notAllowed(connection, request, answer, reason);
  const workspaceError = errorOfWorkspace(connection, answer, serverError);
  if (workspaceError !== null) return workspaceError;
  if (status >= 500 || isTransientStatus(status)) return transientError(address, request, answer, reason);
  return refusal(address, request, answer, serverError);
}

/** Null where the answer is not about the workspace. */
function errorOfWorkspace(
  connection: Connection,
  answer: HttpAnswer,
  serverError: ServerError | null,
): TraceliftError | null {
  const parameters = { address: connection.address, workspace: connection.workspace ?? '' };
  if (serverError?.errorCode === 'FEATURE_DISABLED') return new TraceliftError('SourceFeatureDisabled', parameters);
  return isWorkspaceRefused(connection, answer) ? new TraceliftError('SourceWorkspaceUnknown', parameters) : null;
}

/** A 404 without MLflow's own error body: nobody there has looked for what was asked. */
function refusal(
  address: string,
  request: string,
  answer: HttpAnswer,
  serverError: ServerError | null,
): TraceliftError {
  const wanted = clientCertificateWanted(answer);
  if (wanted !== null) return new TraceliftError('SourceClientCertificate', { address, reason: wanted });
  const { status } = answer;
  if (status === 404 && serverError === null) return new TraceliftError('SourcePathMissing', { address, request });
  const errorCode = serverError?.errorCode ?? withoutErrorBody(answer);
  return new TraceliftError('SourceRequestRefused', { address, request, status, errorCode });
}

function withoutErrorBody(answer: HttpAnswer): string {
  return `no MLflow error body, content type ${answer.contentType === '' ? 'none' : answer.contentType}`;
}

function transientError(address: string, request: string, answer: HttpAnswer, reason: string): TraceliftError {
  const { status, retryAfterMs } = answer;
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  return status === 429
    ? new TraceliftError('SourceRateLimited', { address, status }, options)
    : new TraceliftError('SourceServerError', { address, request, status, reason }, options);
}

export function errorOfFailure(connection: Connection, failure: HttpFailure): TraceliftError {
  const { address } = connection;
  const request = `${failure.method} ${failure.path}`;
  switch (failure.kind) {
    case 'unreachable':
      return new TraceliftError('SourceUnreachable', { address, reason: failure.reason });
    case 'certificate':
      return new TraceliftError('SourceCertificate', { address, reason: failure.reason });
    case 'client-certificate':
      return new TraceliftError('SourceClientCertificate', { address, reason: failure.reason });
    case 'too-large':
      return new TraceliftError('SourceAnswerTooLarge', { address, request, maxBytes: failure.maxResponseBytes });
    case 'broken':
      return new TraceliftError('SourceBadAnswer', { address, request, reason: failure.reason });
  }
}

function notAllowed(connection: Connection, request: string, answer: HttpAnswer, reason: string): TraceliftError {
  const { address, isDatabricks } = connection;
  if (isDatabricks && isTokenRefused(answer)) {
    return new TraceliftError('SourceTokenRefused', { address, reason: `HTTP ${answer.status}, ${reason}` });
  }
  if (answer.status === 401) return new TraceliftError('SourceUnauthorized', { address });
  return forbidden(connection, request, answer, reason);
}

function forbidden(connection: Connection, request: string, answer: HttpAnswer, reason: string): TraceliftError {
  const { address, host } = connection;
  return isHostRefused(answer)
    ? new TraceliftError('SourceHostRefused', { address, host })
    : new TraceliftError('SourceForbidden', { address, request, reason });
}

/** Scheme, host and path only: query strings of login pages carry tokens. */
function redirectTarget(address: string, answer: HttpAnswer): string {
  if (answer.location === undefined || !URL.canParse(answer.location, address)) return 'an unnamed place';
  const target = new URL(answer.location, address);
  return `${target.protocol}//${target.host}${target.pathname}`;
}
