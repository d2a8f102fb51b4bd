/**
 * One connection to an MLflow server: sends requests, returns decoded JSON, turns everything else into errors of the
 * catalogue.
 */
import pLimit, { type LimitFunction } from 'p-limit';
import { TraceliftError } from '../../errors/index.js';
import type { JsonValue } from '../../json/json-value.js';
import { readJson } from '../../json/decode-json.js';
import { createHttpClient, type HttpAnswer, type HttpClient, type HttpRequest } from '../../http/http-client.js';
import { type Connection, errorOfAnswer, errorOfFailure, isTokenRefused } from './answer-errors.js';
import { databricksRateLimits } from './databricks/rate-limits.js';
import { authHeaders, type BearerTokens, type MlflowSourceOptions, publicAddress } from './source-options.js';

/** Size limit of one request line (MLflow refuses more than 64 KB) is the callers' business. */
export type MlflowRequest = HttpRequest;

export interface MlflowReply {
  readonly value: JsonValue;
  /** The server's clock when it answered, else ours; epoch milliseconds. */
  readonly observedAtMs: number;
  /** Length of the text: at least its number of characters, which is near enough for budgets. */
  readonly bytes: number;
}

const defaultConcurrentRequests = 4;

const withToken = (request: MlflowRequest, token: string): MlflowRequest => ({
  ...request,
  headers: { ...request.headers, Authorization: `Bearer ${token}` },
});

export class MlflowClient {
  readonly connection: Connection;
  private readonly http: HttpClient;
  private readonly tokens: BearerTokens | undefined;
  private readonly downloads: LimitFunction;
  private apiRoot = '/api';

  constructor(options: MlflowSourceOptions) {
    const address = publicAddress(options.address);
    const isDatabricks = options.databricks !== undefined;
    this.connection = { address, host: new URL(address).host, workspace: options.workspace, isDatabricks };
    this.tokens = options.auth.kind === 'tokens' ? options.auth.tokens : undefined;
    const maxConcurrentRequests = options.maxConcurrentRequests ?? defaultConcurrentRequests;
    this.downloads = pLimit(Math.max(1, maxConcurrentRequests - 1));
    this.http = createHttpClient({
      baseUrl: address,
      headers: async () => ({
        ...(options.workspace === undefined ? {} : { 'X-MLFLOW-WORKSPACE': options.workspace }),
        ...(await authHeaders(options.auth)),
      }),
      ...(options.requestTimeoutMs === undefined ? {} : { requestTimeoutMs: options.requestTimeoutMs }),
      maxConcurrentRequests,
      ...(options.maxResponseBytes === undefined ? {} : { maxResponseBytes: options.maxResponseBytes }),
      ...(options.retry === undefined ? {} : { retry: options.retry }),
      ...(options.databricks === undefined ? {} : { beforeAttempt: databricksRateLimits(options.databricks) }),
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      log: options.log,
      toError: (failure) => errorOfFailure(this.connection, failure),
    });
  }

  /** Requests name paths under `/api`; they go where the server has them. */
  useApiRoot(root: '/api' | '/ajax-api'): void {
    this.apiRoot = root;
  }

  /** The answer whatever its status, for callers that learn from refusals; once more with a new token if need be. */
  async send(request: MlflowRequest): Promise<HttpAnswer> {
    const wire = { ...request, path: this.pathOf(request) };
    const { tokens } = this;
    if (tokens === undefined) return this.http.send(wire);
    const token = await tokens.token();
    const answer = await this.http.send(withToken(wire, token));
    if (!isTokenRefused(answer) || !tokens.refused(token)) return answer;
    return this.http.send(withToken(wire, await tokens.token()));
  }

  /**
   * As `send`, for the many requests that fetch spans: one connection stays free of them, so that the next page is not
   * listed behind all the traces of this one.
   */
  download(request: MlflowRequest): Promise<HttpAnswer> {
    return this.downloads(() => this.send(request));
  }

  /** JSON of a successful answer. @throws the errors of the port for all others */
  async call(request: MlflowRequest): Promise<MlflowReply> {
    return this.reply(request, await this.send(request));
  }

  /** What `call` makes of an answer that `send` has given. */
  reply(request: MlflowRequest, answer: HttpAnswer): MlflowReply {
    if (answer.status < 200 || answer.status > 299) throw this.errorOf(request, answer);
    const reading = readJson(answer.text);
    if (!reading.ok) {
      const why =
        reading.problem === 'depth' ? 'too deeply nested JSON' : `no JSON (${answer.contentType || 'no type'})`;
      throw this.badAnswer(request, why);
    }
    return { value: reading.value, observedAtMs: answer.serverTimeMs ?? Date.now(), bytes: answer.text.length };
  }

  errorOf(request: MlflowRequest, answer: HttpAnswer): TraceliftError {
    return errorOfAnswer(this.connection, this.nameOf(request), answer);
  }

  badAnswer(request: MlflowRequest, reason: string): TraceliftError {
    const { address } = this.connection;
    return new TraceliftError('SourceBadAnswer', { address, request: this.nameOf(request), reason });
  }

  close(): void {
    this.http.close();
  }

  private nameOf(request: MlflowRequest): string {
    return `${request.method} ${this.pathOf(request)}`;
  }

  private pathOf({ path }: MlflowRequest): string {
    return path.startsWith('/api/') ? `${this.apiRoot}${path.slice('/api'.length)}` : path;
  }
}
