/**
 * Stands between the unmodified `@databricks/sql` driver and open-source Spark, and fixes what differs on the wire:
 * protocol versions, parameters, session settings, result metadata, error texts, catalog names and Volume paths.
 * For tests only: nothing of this may be needed on Databricks.
 */
import { answerCall, messages, SparkConnection, SparkGone, type Message } from './thrift-wire.js';
import { isDatabricksOnly, toSparkSql, type BoundParameter, type DialectOptions } from './sql-dialect.js';

/** HIVE_CLI_SERVICE_PROTOCOL_V10, the newest that Spark knows; the driver's own number is unknown to it. */
const hiveProtocolV10 = 9;
/** SPARK_CLI_SERVICE_PROTOCOL_V8: with less the driver drops parameters silently. */
const sparkProtocolV8 = 42_248;
/** TSparkRowSetType.COLUMN_BASED_SET. */
const columnBasedSet = 1;

export interface ThriftFrontOptions extends DialectOptions {
  /** Where Spark listens now; asked per session, so that Spark may be restarted. */
  readonly sparkPort: () => number;
}

export class ThriftFront {
  /** Statements that reached the front, as the product wrote them, oldest first. */
  readonly statements: string[] = [];
  /** Statements that only Databricks knows: answered with an empty result, never run. */
  readonly unseen: string[] = [];
  /** Called with each statement before it runs: a test may wait, throw or end a process here. */
  beforeStatement: (sql: string) => void | Promise<void> = () => {};

  readonly #options: ThriftFrontOptions;
  /** Connections by the id of the session or operation that lives on them. */
  readonly #connections = new Map<string, SparkConnection>();
  readonly #expired = new Set<string>();

  constructor(options: ThriftFrontOptions) {
    this.#options = options;
  }

  /** Body of one POST of the driver, to the body of its answer; 503 when Spark is gone. */
  async handle(body: Buffer): Promise<{ status: number; body: Buffer }> {
    const failures: unknown[] = [];
    const answer = await answerCall(body, (method, request) =>
      this.#call(method, request).catch((error: unknown) => {
        failures.push(error);
        throw error;
      }),
    );
    const isGone = failures.some((failure) => failure instanceof SparkGone);
    return isGone ? { status: 503, body: Buffer.alloc(0) } : { status: 200, body: answer };
  }

  /** Forgets all sessions, as a warehouse does with idle ones: Spark answers "Invalid SessionHandle" from now on. */
  expireSessions(): void {
    for (const [id, connection] of this.#connections) {
      this.#expired.add(id);
      connection.close();
    }
    this.#connections.clear();
  }

  close(): void {
    this.expireSessions();
  }

  async #call(method: string, request: Message): Promise<Message> {
    if (method === 'OpenSession') return this.#openSession(request);
    if (method === 'ExecuteStatement') return this.#executeStatement(request);
    const connection = this.#connectionOf(request);
    const answer = await connection.call(method, request);
    if (method === 'GetResultSetMetadata') fixMetadata(answer);
    if (method === 'GetOperationStatus') answer['displayMessage'] = answer['errorMessage'];
    if (method === 'CloseOperation') this.#connections.delete(idOf(request['operationHandle']) ?? '');
    if (method === 'CloseSession') {
      this.#connections.delete(idOf(request['sessionHandle']) ?? '');
      connection.close();
    }
    return answer;
  }

  async #openSession(request: Message): Promise<Message> {
    const settings = Object.entries((request['configuration'] ?? {}) as Record<string, string>);
    const schema = (request['initialNamespace'] as { schemaName?: string } | null)?.schemaName;
    const configuration = Object.fromEntries(settings.map(([key, value]) => [`set:${key}`, value]));
    if (schema !== undefined) configuration['use:database'] = schema;
    const connection = new SparkConnection(this.#options.sparkPort());
    const answer = await connection.call(
      'OpenSession',
      new messages['TOpenSessionReq']!({ client_protocol: hiveProtocolV10, configuration }),
    );
    answer['serverProtocolVersion'] = sparkProtocolV8;
    this.#remember(answer['sessionHandle'], connection);
    return answer;
  }

  async #executeStatement(request: Message): Promise<Message> {
    const sql = String(request['statement']);
    this.statements.push(sql);
    await this.beforeStatement(sql);
    const isUnseen = isDatabricksOnly(sql);
    if (isUnseen) this.unseen.push(sql);
    const connection = this.#connectionOf(request);
    const statement = isUnseen
      ? 'SELECT 1 AS `unseen` WHERE FALSE'
      : toSparkSql(sql, boundParameters(request['parameters']), this.#options);
    const { sessionHandle, queryTimeout } = request;
    const answer = await connection.call(
      'ExecuteStatement',
      new messages['TExecuteStatementReq']!({ sessionHandle, statement, runAsync: true, queryTimeout }),
    );
    this.#remember(answer['operationHandle'], connection);
    return answer;
  }

  #remember(handle: unknown, connection: SparkConnection): void {
    const id = idOf(handle);
    if (id !== undefined) this.#connections.set(id, connection);
  }

  /** Unknown handles go to Spark too, on a connection of their own: the refusal is Spark's. */
  #connectionOf(request: Message): SparkConnection {
    const id = idOf(request['operationHandle']) ?? idOf(request['sessionHandle']) ?? '';
    // Spark may not yet have noticed that the connection of the session is gone.
    if (this.#expired.has(id)) forgetHandle(request);
    const known = this.#connections.get(id);
    if (known) return known;
    const fresh = new SparkConnection(this.#options.sparkPort());
    this.#connections.set(id, fresh);
    return fresh;
  }
}

/** Spark counts columns from 0, the driver from 1; Spark leaves the format out, the driver needs it. */
function fixMetadata(answer: Message): void {
  answer['resultFormat'] = columnBasedSet;
  const columns = ((answer['schema'] as Message | null)?.['columns'] ?? []) as { position: number }[];
  if (columns.some(({ position }) => position === 0)) for (const column of columns) column.position += 1;
}

function boundParameters(wire: unknown): BoundParameter[] {
  const list = (wire ?? []) as {
    name?: string | null;
    type?: string | null;
    value?: { stringValue?: string } | null;
  }[];
  return list.map(({ name, type, value }) => ({
    name: name ?? undefined,
    type: type ?? undefined,
    value: value?.stringValue ?? undefined,
  }));
}

/** Puts an id into a request's handle that Spark never gave out. */
function forgetHandle(request: Message): void {
  for (const handle of [request['sessionHandle'], request['operationHandle']]) {
    const ids = (handle ?? {}) as { sessionId?: { guid: Buffer }; operationId?: { guid: Buffer } };
    (ids.sessionId ?? ids.operationId)?.guid.fill(0xee);
  }
}

/** Hexadecimal id of a session or operation handle. */
function idOf(handle: unknown): string | undefined {
  const guid = (handle as { sessionId?: { guid?: Buffer }; operationId?: { guid?: Buffer } } | null | undefined) ?? {};
  return (guid.sessionId ?? guid.operationId)?.guid?.toString('hex');
}
