/**
 * HTTP for the adapters: keep-alive, bounded parallel requests, a retry budget per call, a cap on the size of answers,
 * abort signals, logs without secrets. Knows nothing of MLflow or Databricks.
 */
import { isAscii } from 'node:buffer';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions as HttpsAgentOptions } from 'node:https';
import { rootCertificates } from 'node:tls';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import pLimit, { type LimitFunction } from 'p-limit';
import type { TraceliftError } from '../errors/index.js';
import type { Log } from '../log.js';
import { linkedTimeout, pause } from './cancellation.js';
import { type NoAnswerReason, noAnswerReason } from './no-answer.js';
import { type Attempt, defaultRetryPolicy, nextDelayMs, parseRetryAfterMs, type RetryPolicy } from './retry-policy.js';

export interface TlsOptions {
  /** Certificate authority to trust besides the usual ones, PEM text. Default: none. */
  readonly caPem?: string;
  /** True accepts any certificate: for test servers only. Default false. */
  readonly insecure?: boolean;
  /** Client certificate with its private key, unencrypted, in one PEM text. Default: none is shown to the server. */
  readonly clientPem?: string;
}

export interface HttpClientOptions {
  /** Scheme, host, port and path prefix; no trailing slash, no credentials. */
  readonly baseUrl: string;
  /** Headers of every request, asked for anew each time: tokens run out. */
  readonly headers: () => Promise<Record<string, string>>;
  /** One attempt, from connecting to the last byte, milliseconds. Default 60,000. */
  readonly requestTimeoutMs?: number;
  /** Requests in flight at once; more wait in line. Default 8. */
  readonly maxConcurrentRequests?: number;
  /** Largest answer that is read. Default 256 MiB. */
  readonly maxResponseBytes?: number;
  readonly retry?: Partial<RetryPolicy>;
  /** Awaited before each attempt, repeated ones included: the place for rate limits. Its rejection ends the request. */
  readonly beforeAttempt?: (request: HttpRequest) => Promise<void>;
  readonly tls?: TlsOptions;
  readonly log: Log;
  /** Turns "no answer" into the caller's error; answers of any status are returned instead. */
  readonly toError: (failure: HttpFailure) => TraceliftError;
}

type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface HttpRequest {
  readonly method: HttpMethod;
  /** Below `baseUrl`, with a leading slash. */
  readonly path: string;
  /** Arrays become repeated keys (`a=1&a=2`). */
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  /** Query text as it is, without `?`, instead of `query`: signed links. Never logged, never part of an error. */
  readonly secretQuery?: string;
  /** JSON body as text, or bytes of any kind. */
  readonly body?: string | Buffer;
  /** Of the body. Default: `application/json`. */
  readonly contentType?: string;
  /** Headers of this request only; they win over those of the client. */
  readonly headers?: Readonly<Record<string, string>>;
  /** True: the answer's body is bytes (`HttpAnswer.bytes`), `text` stays ''. Default false. */
  readonly wantsBytes?: boolean;
  readonly signal?: AbortSignal;
  /** A smaller cap than the client's, for this request only: answers that can be asked for in parts. */
  readonly maxResponseBytes?: number;
  /** For this request only, for example fewer attempts where the caller has a better plan than repeating. */
  readonly retry?: Partial<RetryPolicy>;
}

export interface HttpAnswer {
  readonly status: number;
  /** Decoded body; '' where there is none. */
  readonly text: string;
  /** Body of a request that wants bytes; else empty. */
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** `Date` of the server, epoch milliseconds; undefined where it sends none. */
  readonly serverTimeMs: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** Target of a redirect: redirects are never followed, since they would carry credentials elsewhere. */
  readonly location: string | undefined;
}

/** Why there is no answer, after all attempts. */
export interface HttpFailure extends NoAnswerReason {
  readonly method: HttpMethod;
  readonly path: string;
  readonly numAttempts: number;
  readonly maxResponseBytes: number;
}

/** Errors: those that `toError` makes; the signal's reason when aborted. */
export interface HttpClient {
  /** The last answer, whatever its status, after retries of transient ones. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  return new AxiosHttpClient(options);
}

interface AttemptResult {
  readonly attempt: Attempt;
  readonly answer?: HttpAnswer;
  readonly failure?: NoAnswerReason;
}

class AxiosHttpClient implements HttpClient {
  private readonly agents: readonly [HttpAgent, HttpsAgent];
  private readonly axios: AxiosInstance;
  private readonly limit: LimitFunction;
  private readonly requestTimeoutMs: number;
  private readonly maxResponseBytes: number;

  constructor(private readonly options: HttpClientOptions) {
    const maxSockets = options.maxConcurrentRequests ?? 8;
    this.requestTimeoutMs = options.requestTimeoutMs ?? 60_000;
    this.maxResponseBytes = options.maxResponseBytes ?? 256 * 1024 * 1024;
    this.limit = pLimit(maxSockets);
    const agentOptions = { keepAlive: true, maxSockets };
    this.agents = [
      new HttpAgent(agentOptions),
      new HttpsAgent({
        ...agentOptions,
        ...agentTls(options.tls ?? {}),
      }),
    ];
    this.axios = axios.create({
      baseURL: options.baseUrl,
      httpAgent: this.agents[0],
      httpsAgent: this.agents[1],
      // A proxy for the world outside (HTTP_PROXY, which axios obeys) knows nothing of this machine's own addresses.
      ...(isLoopback(options.baseUrl) ? { proxy: false } : {}),
      paramsSerializer: { indexes: null },
      responseType: 'arraybuffer',
      transformResponse: (text: unknown) => text,
      transformRequest: (text: unknown) => text,
      validateStatus: () => true,
      maxRedirects: 0,
      maxBodyLength: this.maxResponseBytes,
    });
  }

  send(request: HttpRequest): Promise<HttpAnswer> {
    return this.limit(() => this.sendWithRetries(request));
  }

  close(): void {
    for (const agent of this.agents) agent.destroy();
  }

  private async sendWithRetries(request: HttpRequest): Promise<HttpAnswer> {
    const policy = { ...defaultRetryPolicy, ...this.options.retry, ...request.retry };
    const startedMs = performance.now();
    for (let numAttempts = 1; ; numAttempts++) {
      request.signal?.throwIfAborted();
      const result = await this.attempt(request);
      const elapsedMs = performance.now() - startedMs;
      const isFinal = result.failure?.isFinal === true;
      const delayMs = isFinal ? null : nextDelayMs(policy, result.attempt, numAttempts, elapsedMs, Math.random());
      if (delayMs === null) return this.conclude(request, result, numAttempts);
      this.options.log.debug('Request is tried again', {
        request: `${request.method} ${request.path}`,
        status: result.answer?.status,
        reason: result.failure?.reason,
        attempt: numAttempts,
        delayMs,
      });
      await pause(delayMs, request.signal);
    }
  }

  private conclude(request: HttpRequest, result: AttemptResult, numAttempts: number): HttpAnswer {
    if (result.answer !== undefined) return result.answer;
    const { method, path } = request;
    const failure = result.failure ?? { reason: 'no answer', isFinal: true, kind: 'unreachable' as const };
    const maxResponseBytes = this.capOf(request);
    throw this.options.toError({ ...failure, method, path, numAttempts, maxResponseBytes });
  }

  private capOf(request: HttpRequest): number {
    return Math.min(request.maxResponseBytes ?? Infinity, this.maxResponseBytes);
  }

  private async headersWhenDue(request: HttpRequest): Promise<Record<string, string>> {
    await this.options.beforeAttempt?.(request);
    request.signal?.throwIfAborted();
    return this.options.headers();
  }

  private async attempt(request: HttpRequest): Promise<AttemptResult> {
    const headers = await this.headersWhenDue(request);
    const timeout = linkedTimeout(this.requestTimeoutMs, request.signal);
    try {
      const response = await this.axios.request<unknown>({
        method: request.method,
        url: urlOf(request),
        ...(request.query === undefined ? {} : { params: request.query }),
        ...(request.body === undefined ? {} : { data: request.body }),
        headers: {
          ...(request.body === undefined ? {} : { 'Content-Type': request.contentType ?? 'application/json' }),
          ...headers,
          ...request.headers,
        },
        maxContentLength: this.capOf(request),
        signal: timeout.signal,
      });
      const answer = toAnswer(response, request.wantsBytes === true);
      return { attempt: { kind: 'answer', status: answer.status, retryAfterMs: answer.retryAfterMs }, answer };
    } catch (error) {
      request.signal?.throwIfAborted();
      const failure = noAnswerReason(error, timeout.signal.aborted ? this.requestTimeoutMs : null);
      if (failure === null) throw error;
      return { attempt: { kind: 'no-answer' }, failure };
    } finally {
      timeout.clear();
    }
  }
}

function agentTls({ caPem, clientPem, insecure }: TlsOptions): HttpsAgentOptions {
  return {
    ...(caPem === undefined ? {} : { ca: [...rootCertificates, caPem] }),
    ...(clientPem === undefined ? {} : { cert: clientPem, key: clientPem }),
    rejectUnauthorized: insecure !== true,
  };
}

function urlOf({ path, secretQuery }: HttpRequest): string {
  return secretQuery === undefined ? path : `${path}?${secretQuery}`;
}

function isLoopback(baseUrl: string): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(baseUrl).hostname);
}

function toAnswer(response: AxiosResponse<unknown>, wantsBytes: boolean): HttpAnswer {
  const header = (name: string): string | undefined => {
    const value: unknown = response.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const dateMs = Date.parse(header('date') ?? '');
  const body = Buffer.isBuffer(response.data) ? response.data : noBytes;
  return {
    status: response.status,
    text: wantsBytes ? '' : textOf(body),
    bytes: wantsBytes ? body : noBytes,
    contentType: header('content-type') ?? '',
    serverTimeMs: Number.isNaN(dateMs) ? undefined : dateMs,
    retryAfterMs: parseRetryAfterMs(header('retry-after'), Number.isNaN(dateMs) ? Date.now() : dateMs),
    location: header('location'),
  };
}

const noBytes = Buffer.alloc(0);
const byteOrderMark = '\uFEFF';

/** Plain ASCII, as most answers are, is read several times as fast as UTF-8 that may hold anything. */
function textOf(body: Buffer): string {
  if (isAscii(body)) return body.toString('latin1');
  const text = body.toString('utf8');
  return text.startsWith(byteOrderMark) ? text.slice(1) : text;
}
