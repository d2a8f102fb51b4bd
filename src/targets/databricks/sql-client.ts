/**
 * Statements on a SQL warehouse by `@databricks/sql`, unmodified, over its Thrift backend. Imports the driver, the
 * token source and the failure translation. Holds no SQL.
 *
 * The driver repeats no statement by itself, and neither does this client, except for one that the warehouse refused
 * before it began (session or token ended): whoever calls repeats whole steps, and every statement is idempotent.
 */
import { DBSQLClient, DBSQLParameter, DBSQLParameterType } from '@databricks/sql';
import type { Log } from '../../log.js';
import type { SqlParameter } from '../sql/dialect.js';
import type { SqlRow } from '../sql/rows.js';
import { workspaceAddress, type WorkspaceOptions } from './connection.js';
import { isSessionLost, toSqlError } from './sql-failures.js';
import { refusalOf, rightToUse } from './sql-refusals.js';
import type { TokenSource } from './token-source.js';
import { TraceliftError } from '../../errors/index.js';

/** Must exist. */
export interface Namespace {
  readonly catalog: string;
  readonly schema: string;
}

interface SqlStatementOptions {
  /** For error texts: "merging the gold table". */
  readonly doing: string;
  /** Named parameters (`:name`), at most 256: https://github.com/databricks/databricks-sql-nodejs/issues/308 */
  readonly parameters?: Readonly<Record<string, SqlParameter>>;
  /** Rows to read; the rest is left. Default: all. */
  readonly maxRows?: number;
  /** Where names without catalog and schema are looked up; the statement then gets a session of its own. */
  readonly namespace?: Namespace;
  /** Cancels the statement in the warehouse. */
  readonly signal?: AbortSignal;
}

export interface SqlClientOptions extends WorkspaceOptions {
  /** For example `/sql/1.0/warehouses/1234567890abcdef`. */
  readonly httpPath: string;
  /** One answer of the SQL path, milliseconds; statements may run longer. Default 120,000. */
  readonly socketTimeoutMs?: number;
}

/** Errors: those of {@link toSqlError}; the signal's reason when aborted. */
export interface SqlClient {
  run(sql: string, options: SqlStatementOptions): Promise<SqlRow[]>;
  close(): Promise<void>;
}

type Session = Awaited<ReturnType<DBSQLClient['openSession']>>;
type Operation = Awaited<ReturnType<Session['executeStatement']>>;

/** Warehouses forget idle sessions; a younger one is used again. */
const maxIdleMs = 4 * 60_000;
const maxIdleSessions = 8;
/** Closing is a courtesy to the warehouse: it never holds anything up for longer. */
const closeTimeoutMs = 5_000;
const maxParameters = 256;

export function createSqlClient(options: SqlClientOptions, tokens: TokenSource): SqlClient {
  return new ThriftSqlClient(options, tokens);
}

class ThriftSqlClient implements SqlClient {
  readonly #options: SqlClientOptions;
  readonly #tokens: TokenSource;
  readonly #location: string;
  #connecting: Promise<DBSQLClient> | undefined;
  #idle: { readonly session: Session; readonly sinceMs: number }[] = [];
  #lastToken = '';

  constructor(options: SqlClientOptions, tokens: TokenSource) {
    this.#options = options;
    this.#tokens = tokens;
    this.#location = workspaceAddress(options.host).url;
  }

  async run(sql: string, options: SqlStatementOptions): Promise<SqlRow[]> {
    options.signal?.throwIfAborted();
    try {
      return await this.#runOnSession(sql, options);
    } catch (failure) {
      options.signal?.throwIfAborted();
      const context = {
        location: this.#location,
        doing: options.doing,
        rightToUse: rightToUse(this.#options.httpPath),
      };
      throw toSqlError(failure, context, await refusalOf(failure));
    }
  }

  async close(): Promise<void> {
    const idle = this.#idle.splice(0);
    await Promise.all(idle.map(({ session }) => this.#quietly('session', () => session.close())));
    const connecting = this.#connecting;
    this.#connecting = undefined;
    if (connecting !== undefined) await this.#quietly('client', async () => (await connecting).close());
  }

  async #runOnSession(sql: string, options: SqlStatementOptions): Promise<SqlRow[]> {
    const { session, operation } = await this.#begin(sql, options);
    let isHealthy = false;
    try {
      const rows = await this.#rows(operation, options);
      isHealthy = true;
      return rows;
    } finally {
      await this.#quietly('operation', () => operation.close());
      await this.#giveBack(session, isHealthy && options.namespace === undefined);
    }
  }

  /** Starts the statement; once more on a new session when the old one or the token turned out to have ended. */
  async #begin(sql: string, options: SqlStatementOptions): Promise<{ session: Session; operation: Operation }> {
    const namedParameters = bind(options.parameters ?? {});
    const start = async (session: Session): Promise<{ session: Session; operation: Operation }> => {
      try {
        return { session, operation: await session.executeStatement(sql, { namedParameters }) };
      } catch (failure) {
        await this.#giveBack(session, false);
        throw failure;
      }
    };
    try {
      const idle = options.namespace === undefined ? this.#takeIdle() : undefined;
      return await start(idle ?? (await this.#openSession(options.namespace)));
    } catch (failure) {
      const refusal = await refusalOf(failure);
      // A new token has no other rights than the old one.
      const canRenew = refusal !== null && refusal.part !== 'right' && this.#tokens.refused(this.#lastToken);
      if (!canRenew && !isSessionLost(failure)) throw failure;
      return start(await this.#openSession(options.namespace));
    }
  }

  async #rows(operation: Operation, { maxRows, signal }: SqlStatementOptions): Promise<SqlRow[]> {
    const cancel = (): void => void this.#quietly('statement', () => operation.cancel());
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      await operation.finished();
      signal?.throwIfAborted();
      if (maxRows === undefined) return (await operation.fetchAll()) as SqlRow[];
      const rows: SqlRow[] = [];
      while (rows.length < maxRows && (rows.length === 0 || (await operation.hasMoreRows()))) {
        const chunk = (await operation.fetchChunk({ maxRows })) as SqlRow[];
        if (chunk.length === 0) break;
        rows.push(...chunk.slice(0, maxRows - rows.length));
      }
      return rows;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  #takeIdle(): Session | undefined {
    const youngest = this.#idle.pop();
    if (youngest === undefined) return undefined;
    if (Date.now() - youngest.sinceMs < maxIdleMs) return youngest.session;
    const old = [youngest, ...this.#idle.splice(0)];
    for (const { session } of old) void this.#quietly('session', () => session.close());
    return undefined;
  }

  async #giveBack(session: Session, isHealthy: boolean): Promise<void> {
    if (isHealthy && this.#connecting !== undefined && this.#idle.length < maxIdleSessions) {
      this.#idle.push({ session, sinceMs: Date.now() });
    } else {
      await this.#quietly('session', () => session.close());
    }
  }

  async #openSession(namespace?: Namespace): Promise<Session> {
    this.#connecting ??= this.#connect();
    const client = await this.#connecting;
    if (namespace === undefined) return client.openSession();
    return client.openSession({ initialCatalog: namespace.catalog, initialSchema: namespace.schema });
  }

  /** Nothing is sent yet. Telemetry to the vendor is off: only `connect` honours that. */
  async #connect(): Promise<DBSQLClient> {
    const { host, port } = workspaceAddress(this.#options.host);
    // The driver's own log quotes messages of the engine, which quote rows.
    const client = new DBSQLClient({ logger: { log: () => {} } });
    client.on('error', (error: Error) => this.#options.log.debug('SQL connection', { error: error.name }));
    await client.connect({
      host,
      port,
      path: this.#options.httpPath,
      authType: 'custom',
      provider: { authenticate: () => this.#authenticate() },
      userAgentEntry: 'tracelift',
      telemetryEnabled: false,
      socketTimeout: this.#options.socketTimeoutMs ?? 120_000,
      retryMaxAttempts: 5,
      retriesTimeout: 60_000,
      retryDelayMin: 500,
      retryDelayMax: 10_000,
      ...(this.#options.caPem === undefined ? {} : { customCaCert: this.#options.caPem }),
    });
    return client;
  }

  async #authenticate(): Promise<Record<string, string>> {
    const token = await this.#tokens.token();
    this.#lastToken = token;
    return { Authorization: `Bearer ${token}` };
  }

  /** Tidying up: bounded in time, and its failures are only logged, since the result is known already. */
  async #quietly(what: string, tidy: () => Promise<unknown>): Promise<void> {
    await tidyWithin(closeTimeoutMs, tidy).catch((failure: unknown) => {
      this.#log.debug('Not tidied up', { what, reason: failure instanceof Error ? failure.name : 'refused' });
    });
  }

  get #log(): Log {
    return this.#options.log;
  }
}

async function tidyWithin(timeoutMs: number, tidy: () => Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('it took too long')), timeoutMs);
  });
  try {
    await Promise.race([tidy(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function bind(parameters: Readonly<Record<string, SqlParameter>>): Record<string, DBSQLParameter> {
  const entries = Object.entries(parameters);
  if (entries.length > maxParameters) {
    const reason = `${entries.length} parameters in one statement`;
    throw new TraceliftError('Internal', { where: 'the Databricks adapter', reason });
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, bindOne(value)]));
}

function bindOne(value: SqlParameter): DBSQLParameter {
  switch (typeof value) {
    case 'string':
      return new DBSQLParameter({ type: DBSQLParameterType.STRING, value });
    case 'boolean':
      return new DBSQLParameter({ type: DBSQLParameterType.BOOLEAN, value });
    case 'bigint':
      return new DBSQLParameter({ type: DBSQLParameterType.BIGINT, value });
    case 'number': {
      const type = Number.isSafeInteger(value) ? DBSQLParameterType.BIGINT : DBSQLParameterType.DOUBLE;
      return new DBSQLParameter({ type, value });
    }
    default:
      return new DBSQLParameter({ type: DBSQLParameterType.VOID, value: null });
  }
}
