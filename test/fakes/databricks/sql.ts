/**
 * The SQL path of a warehouse without any engine: it answers the unmodified driver over Thrift, knows which tables were
 * made with which columns, and refuses what a test orders. For everything around SQL; what SQL does is tested on Spark.
 */
import { randomBytes } from 'node:crypto';
import { answerCall, messages, type Message } from '../../spark/thrift-wire.js';

/** TStatusCode, TOperationState and TSparkRowSetType of Hive's and Databricks' TCLIService.thrift. */
const [success, finished, failed, columnBasedSet] = [0, 2, 5, 1];
/** SPARK_CLI_SERVICE_PROTOCOL_V8: with less the driver drops parameters silently. */
const sparkProtocolV8 = 42_248;

/** A refusal as the engine words it. */
export interface SqlRefusal {
  readonly on: RegExp;
  /** `[CLASS] text. SQLSTATE: 42501` */
  readonly message: string;
  readonly sqlState: string;
}

/** https://docs.databricks.com/aws/en/error-messages/error-classes#insufficient_permissions */
export function noRight(on: RegExp, text: string): SqlRefusal {
  const message = `[INSUFFICIENT_PERMISSIONS] Insufficient privileges:\n${text} SQLSTATE: 42501`;
  return { on, message, sqlState: '42501' };
}

type Rows = readonly Readonly<Record<string, string>>[];

export class FakeSql {
  /** As the product wrote them, oldest first. */
  readonly statements: string[] = [];
  /** Columns by quoted full name, as `DESCRIBE TABLE` gives them. */
  readonly tables = new Map<string, Map<string, string>>();
  readonly refusals: SqlRefusal[] = [];
  /** Rows that a test orders for the statements that match; the first match counts. */
  readonly answers: { readonly on: RegExp; readonly rows: Rows }[] = [];
  readonly #results = new Map<string, Rows | SqlRefusal>();

  /** Body of one POST of the driver, to the body of its answer. */
  async handle(body: Buffer): Promise<{ status: number; body: Buffer }> {
    return {
      status: 200,
      body: await answerCall(body, (method, request) => Promise.resolve(this.#call(method, request))),
    };
  }

  #call(method: string, request: Message): Message {
    const status = { statusCode: success };
    const rows = this.#results.get(idOf(request));
    switch (method) {
      case 'OpenSession':
        return answer(method, {
          status,
          serverProtocolVersion: sparkProtocolV8,
          sessionHandle: { sessionId: newId() },
        });
      case 'ExecuteStatement':
        return answer(method, { status, operationHandle: this.#execute(String(request['statement'])) });
      case 'GetOperationStatus':
        return answer(method, { status, ...outcomeOf(rows ?? []) });
      case 'GetResultSetMetadata':
        return answer(method, { status, schema: { columns: columnsOf(rows) }, resultFormat: columnBasedSet });
      case 'FetchResults':
        this.#results.set(idOf(request), []);
        return answer(method, { status, hasMoreRows: false, results: rowSet(rows) });
      default:
        return answer(method, { status });
    }
  }

  #execute(sql: string): Message {
    this.statements.push(sql);
    const operationId = newId();
    const refusal = this.refusals.find(({ on }) => on.test(sql));
    const ordered = this.answers.find(({ on }) => on.test(sql))?.rows;
    this.#results.set(operationId.guid.toString('hex'), refusal ?? ordered ?? this.#run(sql));
    return { operationId, operationType: 0, hasResultSet: true };
  }

  #run(sql: string): Rows | SqlRefusal {
    const [, action = '', name = ''] =
      /^\s*(DESCRIBE TABLE|CREATE TABLE|ALTER TABLE)(?: IF NOT EXISTS)? (\S+)/.exec(sql) ?? [];
    if (action === 'DESCRIBE TABLE') {
      const columns = this.tables.get(name);
      if (columns === undefined) return missingTable(name);
      return [...columns].map(([col_name, data_type]) => ({ col_name, data_type, comment: '' }));
    }
    if (action === 'CREATE TABLE' || sql.includes(' ADD COLUMNS (')) {
      const columns = this.tables.get(name) ?? new Map<string, string>();
      for (const [, column = '', type = ''] of sql.matchAll(/`(\w+)` ([A-Z]+)(?: NOT NULL)? COMMENT/g)) {
        columns.set(column, type.toLowerCase());
      }
      this.tables.set(name, columns);
    }
    return [];
  }
}

function missingTable(name: string): SqlRefusal {
  const message = `[TABLE_OR_VIEW_NOT_FOUND] The table or view ${name} cannot be found. SQLSTATE: 42P01`;
  return { on: /./, message, sqlState: '42P01' };
}

const answer = (method: string, fields: Message): Message => new messages[`T${method}Resp`]!(fields);

const newId = (): { guid: Buffer; secret: Buffer } => ({ guid: uuid(), secret: randomBytes(16) });

/** Version 4, as the driver checks. */
function uuid(): Buffer {
  const bytes = randomBytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}

function idOf(request: Message): string {
  const handle = request['operationHandle'] as { operationId?: { guid?: Buffer } } | null | undefined;
  return handle?.operationId?.guid?.toString('hex') ?? '';
}

const isRefusal = (result: Rows | SqlRefusal | undefined): result is SqlRefusal =>
  result !== undefined && 'sqlState' in result;

function outcomeOf(result: Rows | SqlRefusal): Message {
  if (!isRefusal(result)) return { operationState: finished };
  const { message, sqlState } = result;
  return { operationState: failed, errorMessage: message, displayMessage: message, sqlState };
}

const namesOf = (result: Rows | SqlRefusal | undefined): string[] =>
  result === undefined || isRefusal(result) ? [] : Object.keys(result[0] ?? {});

/** TTypeId.STRING_TYPE is 7. */
function columnsOf(result: Rows | SqlRefusal | undefined): Message[] {
  const names = namesOf(result).length === 0 ? ['nothing'] : namesOf(result);
  return names.map((columnName, index) => ({
    columnName,
    position: index + 1,
    typeDesc: { types: [{ primitiveEntry: { type: 7 } }] },
  }));
}

function rowSet(result: Rows | SqlRefusal | undefined): Message {
  const rows = result === undefined || isRefusal(result) ? [] : result;
  const names = namesOf(result).length === 0 ? ['nothing'] : namesOf(result);
  const columns = names.map((name) => ({
    stringVal: { values: rows.map((row) => row[name] ?? ''), nulls: Buffer.alloc(Math.ceil(rows.length / 8)) },
  }));
  return { startRowOffset: 0, rows: [], columns };
}
