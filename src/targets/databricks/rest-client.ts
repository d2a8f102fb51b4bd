/**
 * Calls of a workspace's REST APIs: bearer tokens, one renewal when a token is refused, answers as JSON. Imports
 * http and the token source.
 */
import { TraceliftError } from '../../errors/index.js';
import { isJsonObject, type JsonObject } from '../../json/json-value.js';
import { writeJson } from '../../json/write-json.js';
import { readJson } from '../../json/decode-json.js';
import { createHttpClient, type HttpAnswer, type HttpClient, type HttpRequest } from '../../http/http-client.js';
import { workspaceAddress, type WorkspaceOptions } from './connection.js';
import { refusal, refusalText, unreachable } from './rest-failures.js';
import type { TokenSource } from './token-source.js';

export interface RestRequest extends Pick<HttpRequest, 'method' | 'path' | 'query' | 'signal' | 'wantsBytes'> {
  /** JSON body. */
  readonly json?: JsonObject;
  /** Body of any kind, instead of JSON. */
  readonly bytes?: Buffer;
  /** What is being done, for error texts: "creating the volume main.genai.staging". */
  readonly doing: string;
}

/** An answer below 400, or one of 400, 403, 404, 409, 507: what those mean only the caller knows. */
export interface RestAnswer {
  readonly status: number;
  readonly isOk: boolean;
  /** `{}` where the answer is not a JSON object. */
  readonly json: JsonObject;
  readonly bytes: Uint8Array;
  /** Of a refusal, for example `RESOURCE_DOES_NOT_EXIST`; '' otherwise. */
  readonly errorCode: string;
  /** Of a refusal; '' otherwise. */
  readonly message: string;
}

/** Errors: WarehouseUnauthorized, WarehouseCertificate (config); WarehouseUnreachable (transient). */
export interface DatabricksRest {
  /** `https://host`, for links and messages. */
  readonly url: string;
  send(request: RestRequest): Promise<RestAnswer>;
  /** The same, and every refusal is an error: WarehouseGrantMissing for 403, WarehouseRefused for others. */
  sendOk(request: RestRequest): Promise<RestAnswer>;
  close(): void;
}

export function createDatabricksRest(options: WorkspaceOptions, tokens: TokenSource): DatabricksRest {
  return new RestClient(options, tokens);
}

class RestClient implements DatabricksRest {
  readonly url: string;
  readonly #http: HttpClient;

  constructor(
    options: WorkspaceOptions,
    private readonly tokens: TokenSource,
  ) {
    this.url = workspaceAddress(options.host).url;
    this.#http = createHttpClient({
      baseUrl: this.url,
      headers: () => Promise.resolve({ 'User-Agent': 'tracelift' }),
      requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
      ...(options.caPem === undefined ? {} : { tls: { caPem: options.caPem } }),
      log: options.log,
      toError: (failure) => unreachable(this.url, failure),
    });
  }

  async send(request: RestRequest): Promise<RestAnswer> {
    const token = await this.tokens.token();
    const first = await this.#sendWith(token, request);
    if (!isTokenRefused(first)) return this.#judge(first);
    if (!this.tokens.refused(token)) throw this.#unauthorized(first);
    const second = await this.#sendWith(await this.tokens.token(), request);
    if (isTokenRefused(second)) throw this.#unauthorized(second);
    return this.#judge(second);
  }

  async sendOk(request: RestRequest): Promise<RestAnswer> {
    const answer = await this.send(request);
    if (!answer.isOk) throw refusal(this.url, answer, request.doing);
    return answer;
  }

  close(): void {
    this.#http.close();
  }

  #sendWith(token: string, { method, path, json, bytes, ...rest }: RestRequest): Promise<HttpAnswer> {
    const { query, signal, wantsBytes } = rest;
    return this.#http.send({
      method,
      path,
      ...(query && { query }),
      ...(signal && { signal }),
      ...(wantsBytes && { wantsBytes }),
      headers: { Authorization: `Bearer ${token}` },
      ...(json === undefined ? {} : { body: writeJson(json) }),
      ...(bytes === undefined ? {} : { body: bytes, contentType: 'application/octet-stream' }),
    });
  }

  #judge(answer: HttpAnswer): RestAnswer {
    const { status, retryAfterMs } = answer;
    // 507, Insufficient Storage (RFC 4918): waiting makes no room.
    if (status === 408 || status === 429 || (status >= 500 && status !== 507)) {
      const options = retryAfterMs === undefined ? {} : { retryAfterMs };
      throw new TraceliftError('WarehouseUnreachable', { location: this.url, reason: `HTTP ${status}` }, options);
    }
    const { json, errorCode, message } = readBody(answer);
    const isOk = status >= 200 && status < 300;
    return { status, isOk, json, bytes: answer.bytes, ...(isOk ? nothingWrong : { errorCode, message }) };
  }

  #unauthorized(answer: HttpAnswer): TraceliftError {
    const { errorCode, message } = readBody(answer);
    return new TraceliftError('WarehouseUnauthorized', { location: this.url, reason: refusalText(errorCode, message) });
  }
}

const nothingWrong = { errorCode: '', message: '' };

function readBody({ text, bytes, contentType, status }: HttpAnswer): {
  json: JsonObject;
  errorCode: string;
  message: string;
} {
  const body = contentType.includes('json') ? text || Buffer.from(bytes).toString('utf8') : '';
  const reading = readJson(body);
  const json = reading.ok && isJsonObject(reading.value) ? reading.value : {};
  const { error_code: code, message } = json;
  const errorCode = typeof code === 'string' || typeof code === 'number' ? String(code) : `HTTP ${status}`;
  return { json, errorCode, message: typeof message === 'string' ? message : '' };
}

/** 401, or 403 about the token itself: both occur for expired tokens. A 403 about a right says something else. */
function isTokenRefused(answer: HttpAnswer): boolean {
  if (answer.status === 401) return true;
  return answer.status === 403 && /\btoken\b/i.test(readBody(answer).message);
}
