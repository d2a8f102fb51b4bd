/**
 * The one place that turns whatever `@databricks/sql` throws into a code of the catalogue. Imports the catalogue only.
 *
 * Messages of the engine quote rows and hold Java stacks: only the error class, the SQLSTATE and names of objects leave
 * this file; the failure itself stays in `cause` for local logs.
 */
import { TraceliftError } from '../../errors/index.js';
import { isUseRefused, type SqlRefusal } from './sql-refusals.js';

/** Where and what for, for the texts. */
export interface SqlContext {
  readonly location: string;
  /** "merging the gold table" */
  readonly doing: string;
  /** What one must be allowed to reach the engine at all: "CAN USE on the SQL warehouse <id>". */
  readonly rightToUse: string;
}

interface DriverFailure {
  readonly text: string;
  readonly sqlState: string;
  /** `DELTA_CONCURRENT_APPEND`, or the name of the JavaScript class. */
  readonly errorClass: string;
  readonly httpStatus: number | null;
}

/** Reads the fields of OperationStateError, StatusError (no Error), THTTPException, RetryError, FetchError. */
function readFailure(failure: unknown): DriverFailure {
  const fields = (typeof failure === 'object' && failure !== null ? failure : {}) as Readonly<Record<string, unknown>>;
  const response = (fields['response'] ?? {}) as Readonly<Record<string, unknown>>;
  const first = (...values: unknown[]): string => values.find((v): v is string => typeof v === 'string') ?? '';
  const text = first(response['errorMessage'], response['displayMessage'], fields['message']);
  return {
    text,
    sqlState: first(response['sqlState']) || (/SQLSTATE: (\w{5})/.exec(text)?.[1] ?? ''),
    errorClass: /\[([A-Z][A-Z0-9_]+)(?:\.[A-Z0-9_.]+)?\]/.exec(text)?.[1] ?? first(fields['code'], fields['name']),
    httpStatus: httpStatusOf(fields),
  };
}

/** THTTPException carries the status itself, RetryError the last response. */
function httpStatusOf(fields: Readonly<Record<string, unknown>>): number | null {
  const payload = fields['payload'] as { response?: { status?: unknown } } | undefined;
  const status = fields['statusCode'] ?? payload?.response?.status;
  return typeof status === 'number' ? status : null;
}

/** The session is unknown to the warehouse: it expired, or the warehouse was restarted. */
export function isSessionLost(failure: unknown): boolean {
  return /Invalid SessionHandle|INVALID_HANDLE|session.*(closed|expired)/i.test(readFailure(failure).text);
}

/**
 * What the engine says about a statement that it did not begin to run: it speaks of the statement alone, since no row
 * was read. One line, without class, SQLSTATE and stack. Never use it for a statement that ran.
 */
export function analysisText(failure: unknown): string {
  const { text, errorClass } = readFailure(failure);
  const said = text.split(`[${errorClass}`).at(-1) ?? '';
  const line = said.replace(/^[A-Z0-9_.]*\]\s*/, '').split(/\n|\s*SQLSTATE:/)[0] ?? '';
  return line === '' ? errorClass : line.slice(0, 400);
}

/** By SQLSTATE or error class; https://docs.databricks.com/aws/en/error-messages/error-classes */
const conflicts = /DELTA_CONCURRENT|DELTA_METADATA_CHANGED|DELTA_PROTOCOL_CHANGED|Concurrent\w*Exception/;
/**
 * Two first runs made the same schema, table, view or column at once: `IF NOT EXISTS` looks before it makes. The step is
 * repeated and then finds it there. Open-source Spark also answers that files of the table are there already.
 */
const madeMeanwhile =
  /\[(?:SCHEMA|TABLE_OR_VIEW|TABLE|FIELD|DELTA_TABLE)_ALREADY_EXISTS\]|DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION/;
const forbidden = /INSUFFICIENT_PERMISSIONS|PERMISSION_DENIED|UNAUTHORIZED_ACCESS/;
const missingObject = /TABLE_OR_VIEW_NOT_FOUND|SCHEMA_NOT_FOUND|NO_SUCH_CATALOG|CATALOG_NOT_FOUND/;
const certificate = /certificate|CERT_|SELF_SIGNED/i;

/** What the engine found in the staged files' place: nothing, or a file that was cut off. */
const lostFile = /PATH_NOT_FOUND|FAILED_READ_FILE|FILE_NOT_EXIST|CANNOT_READ_FILE_FOOTER/;

/**
 * @param refusal what `refusalOf` reads in the failure
 * @returns an error of the catalogue; those pass unchanged, and so does the reason of an abort
 */
export function toSqlError(failure: unknown, context: SqlContext, refusal: SqlRefusal | null = null): TraceliftError {
  if (failure instanceof TraceliftError) return failure;
  return refusal === null ? errorByText(failure, context) : refusedError(refusal, context, failure);
}

function errorByText(failure: unknown, context: SqlContext): TraceliftError {
  const found = readFailure(failure);
  const { location, doing } = context;
  const make = (
    code: ConstructorParameters<typeof TraceliftError>[0],
    parameters: Record<string, string>,
  ): TraceliftError => new TraceliftError(code, parameters, { cause: failure });
  const { text, sqlState, errorClass } = found;
  if (isConflict(found)) return make('WarehouseBusy', { path: location });
  if (lostFile.test(text)) return make('StagingLost', { key: doing, root: location, reason: errorClass });
  if (sqlState === '42501' || forbidden.test(text)) {
    return make('WarehouseGrantMissing', { location, doing, reason: missingRight(text, context) ?? errorClass });
  }
  if (missingObject.test(text)) return make('WarehouseObjectMissing', { location, doing, reason: missingName(text) });
  if (sqlState === '' && !isEngineFailure(failure)) return connectionError(found, context, failure);
  return make('WarehouseStatementFailed', { location, doing, errorClass, sqlState: sqlState || 'unknown' });
}

/** Another writer was faster; nothing of the statement was written. */
const isConflict = ({ sqlState, text }: DriverFailure): boolean =>
  sqlState === '2D521' || conflicts.test(text) || madeMeanwhile.test(text);

/** True when the engine itself reported the failure of a statement, as opposed to trouble on the way to it. */
function isEngineFailure(failure: unknown): boolean {
  return (failure as { name?: unknown } | null)?.name === 'OperationStateError' || hasOperationStatus(failure);
}

function hasOperationStatus(failure: unknown): boolean {
  const response = (failure as { response?: { operationState?: unknown } } | null)?.response;
  return typeof response?.operationState === 'number';
}

/** Nothing was run: the words are about the caller, and quote no rows. */
function refusedError({ status, part, said }: SqlRefusal, context: SqlContext, cause: unknown): TraceliftError {
  const { location, doing, rightToUse } = context;
  if (part === 'right') {
    const reason = `${rightToUse} is missing`;
    return new TraceliftError('WarehouseGrantMissing', { location, doing, reason }, { cause });
  }
  const words = said === '' ? `HTTP ${status}` : `HTTP ${status}, ${said.replace(/[.\s]+$/, '')}`;
  const reason =
    part === 'credentials'
      ? words
      : `${words}: either the credentials are wrong or have ended, or ${rightToUse} is missing`;
  return new TraceliftError('WarehouseUnauthorized', { location, reason }, { cause });
}

function connectionError(found: DriverFailure, { location, doing }: SqlContext, cause: unknown): TraceliftError {
  const { httpStatus, text, errorClass } = found;
  if (httpStatus === 404) {
    const reason = 'the SQL warehouse does not exist (HTTP 404)';
    return new TraceliftError('WarehouseObjectMissing', { location, doing, reason }, { cause });
  }
  if (certificate.test(`${text} ${errorClass}`)) {
    return new TraceliftError('WarehouseCertificate', { location, reason: errorClass }, { cause });
  }
  const reason = httpStatus === null ? connectionReason(text, errorClass) : `HTTP ${httpStatus}`;
  return new TraceliftError('WarehouseUnreachable', { location, reason }, { cause });
}

/** Words for trouble on the way; never the text itself, which may hold an address with more than a host. */
function connectionReason(text: string, errorClass: string): string {
  if (/SessionHandle|session/i.test(text)) return 'the session ended';
  if (/timed out|timeout/i.test(text)) return 'the answer took too long';
  if (/hang up|premature close|ECONNRESET/i.test(text)) return 'the connection was cut';
  return errorClass === '' ? 'no connection' : errorClass;
}

/** "User does not have SELECT on Table 'main.genai.t'." */
function missingRight(text: string, { rightToUse }: SqlContext): string | null {
  if (isUseRefused(text)) return `${rightToUse} is missing`;
  return /does not have (?:permission )?[A-Z_ ,]+ on [\w ]+ ['`][^'`\n]{1,255}['`]/.exec(text)?.[0] ?? null;
}

/** The table, schema or catalog that is missing, as the message quotes it. */
function missingName(text: string): string {
  return /(?:table or view|schema|catalog) (`[^\n]{1,255}?`) cannot be found/i.exec(text)?.[1] ?? 'an object';
}
