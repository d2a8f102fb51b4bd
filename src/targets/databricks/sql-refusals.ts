/**
 * What a refusal of the SQL path by HTTP means: the credentials, or the right to use the warehouse. Imports nothing.
 *
 * The driver keeps the answer and reads neither its headers nor its body.
 */

/** Of whom a refusal by HTTP 401 or 403 speaks; `unknown` where its words fit neither. */
type RefusedPart = 'credentials' | 'right' | 'unknown';

export interface SqlRefusal {
  readonly status: number;
  readonly part: RefusedPart;
  /** The server's own words on one line, at most 200 characters; '' where it gives none. They name no rows. */
  readonly said: string;
}

/** In the order of databricks-sql-python src/databricks/sql/thrift_backend.py; databricks-sql-go reads them too. */
const reasonHeaders = [
  'x-thriftserver-error-message',
  'x-databricks-error-or-redirect-message',
  'x-databricks-reason-phrase',
];

/** An answer as node-fetch holds it. */
interface DriverAnswer {
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** A body can be read once only, and a failure is looked at more than once. */
const bodies = new WeakMap<DriverAnswer, Promise<string>>();

/** Null for anything but an answer of 401 or 403. */
export async function refusalOf(failure: unknown): Promise<SqlRefusal | null> {
  // The fields of the driver's THTTPException.
  const { statusCode: status, response } = (failure ?? {}) as { statusCode?: unknown; response?: unknown };
  if (status !== 401 && status !== 403) return null;
  const words = isAnswer(response) ? await wordsOf(response) : '';
  const said = words.split('\n', 1)[0]?.slice(0, 200) ?? '';
  return { status, part: partOf(status, said), said };
}

async function wordsOf(answer: DriverAnswer): Promise<string> {
  const header = reasonHeaders.map((name) => answer.headers.get(name) ?? '').find((text) => text !== '');
  return header ?? messageIn(await bodyOf(answer));
}

/**
 * "<principal> is not authorized to use this SQL Endpoint", in newer words "… to use or monitor this SQL Endpoint", as
 * users quote it for a missing CAN USE.
 */
export const isUseRefused = (text: string): boolean =>
  /not authorized to use (?:or monitor )?this (?:SQL )?(?:endpoint|warehouse|cluster)|\bCAN[_ ]USE\b/i.test(text);

/** "CAN USE on the SQL warehouse <id>", or what a cluster asks for; by the HTTP path of the connection. */
export function rightToUse(httpPath: string): string {
  const warehouse = /\/(?:warehouses|endpoints)\/([^/?]+)/.exec(httpPath)?.[1];
  if (warehouse !== undefined) return `CAN USE on the SQL warehouse ${warehouse}`;
  return `CAN ATTACH TO on the cluster ${/\/([^/?]+)\/?(?:\?.*)?$/.exec(httpPath)?.[1] ?? ''}`.trimEnd();
}

/** A principal may have any name, also one with the word "token": what speaks of the right is looked for first. */
function partOf(status: number, said: string): RefusedPart {
  if (isUseRefused(said)) return 'right';
  // "Invalid access token.", with 403: as recorded from workspaces by several clients.
  return status === 401 || /\btoken\b|\bcredentials?\b/i.test(said) ? 'credentials' : 'unknown';
}

function isAnswer(response: unknown): response is DriverAnswer {
  const answer = response as Partial<DriverAnswer> | null | undefined;
  return typeof answer?.headers?.get === 'function' && typeof answer.text === 'function';
}

function bodyOf(answer: DriverAnswer): Promise<string> {
  // A body that is cut off leaves the status, which says enough to end the step.
  const body = bodies.get(answer) ?? answer.text().catch(() => '');
  bodies.set(answer, body);
  return body;
}

/** `{"error_code":"PERMISSION_DENIED","message":"…"}`; '' for pages and for Thrift. */
function messageIn(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message : '';
  } catch {
    // Not JSON: a page of a proxy, or nothing. Its text is not the server's word.
    return '';
  }
}
