/**
 * The one place that knows the credentials: gives a bearer token to SQL and REST alike. Imports http.
 *
 * The driver's own OAuth is not used: it allows only a fixed list of host names and takes Entra ID on Azure.
 */
import { TraceliftError } from '../../errors/index.js';
import { isJsonObject } from '../../json/json-value.js';
import { readJson } from '../../json/decode-json.js';
import { createHttpClient, type HttpAnswer, type HttpClient, type HttpFailure } from '../../http/http-client.js';
import { workspaceAddress, type WorkspaceOptions } from './connection.js';

/** Why there is no token. */
export interface TokenFailure {
  /** `refused`: the workspace does not accept the credentials. */
  readonly kind: 'refused' | 'unreachable' | 'certificate';
  /** Address of the workspace. */
  readonly address: string;
  readonly reason: string;
}

export interface TokenSourceOptions extends WorkspaceOptions {
  /** Turns "no token" into the error of whoever needs one. Default: that of a target. */
  readonly toError?: (failure: TokenFailure) => TraceliftError;
}

/** Errors: those that `toError` makes; by default WarehouseUnauthorized, WarehouseUnreachable, WarehouseCertificate. */
export interface TokenSource {
  /** A token that lives for a while yet. */
  token(): Promise<string>;
  /** Says that a token was refused: the next call asks for another one. True when there can be another one. */
  refused(token: string): boolean;
  close(): void;
}

/** A token is renewed when less than this is left, or half of its life if that is shorter. */
const renewBeforeEndMs = 5 * 60_000;

/** `nowMs`: for tests. Default: the machine's clock. */
export function createTokenSource(options: TokenSourceOptions, nowMs: () => number = Date.now): TokenSource {
  const { credentials } = options;
  if (credentials.kind === 'token') {
    return { token: () => Promise.resolve(credentials.token), refused: () => false, close: () => {} };
  }
  return new OAuthTokenSource(options, credentials, nowMs);
}

/** What a target cannot do without a token. */
function targetError({ kind, address: location, reason }: TokenFailure): TraceliftError {
  if (kind === 'refused') return new TraceliftError('WarehouseUnauthorized', { location, reason });
  return new TraceliftError(kind === 'certificate' ? 'WarehouseCertificate' : 'WarehouseUnreachable', {
    location,
    reason,
  });
}

interface Token {
  readonly text: string;
  readonly renewAtMs: number;
}

/** Client credentials against the workspace's own token endpoint; one request at a time, however many ask. */
class OAuthTokenSource implements TokenSource {
  readonly #http: HttpClient;
  readonly #address: string;
  readonly #toError: (failure: TokenFailure) => TraceliftError;
  #current: Token | undefined;
  #asking: Promise<Token> | undefined;

  constructor(
    options: TokenSourceOptions,
    credentials: { readonly clientId: string; readonly clientSecret: string },
    private readonly nowMs: () => number,
  ) {
    this.#address = workspaceAddress(options.host).url;
    this.#toError = options.toError ?? targetError;
    const { clientId, clientSecret } = credentials;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    this.#http = createHttpClient({
      baseUrl: this.#address,
      headers: () => Promise.resolve({ Authorization: `Basic ${basic}` }),
      requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
      ...(options.caPem === undefined ? {} : { tls: { caPem: options.caPem } }),
      log: options.log,
      toError: (failure) => this.#noAnswer(failure),
    });
  }

  async token(): Promise<string> {
    const current = this.#current;
    if (current !== undefined && this.nowMs() < current.renewAtMs) return current.text;
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return (await this.#asking).text;
  }

  refused(token: string): boolean {
    if (this.#current?.text === token) this.#current = undefined;
    return true;
  }

  close(): void {
    this.#http.close();
  }

  async #ask(): Promise<Token> {
    const answer = await this.#http.send({
      method: 'POST',
      path: '/oidc/v1/token',
      contentType: 'application/x-www-form-urlencoded',
      body: 'grant_type=client_credentials&scope=all-apis',
    });
    this.#current = this.#read(answer);
    return this.#current;
  }

  #read(answer: HttpAnswer): Token {
    const reading = readJson(answer.text);
    const value = reading.ok && isJsonObject(reading.value) ? reading.value : {};
    const { access_token: text, expires_in: lifetime } = value;
    if (answer.status === 200 && typeof text === 'string') {
      const lifetimeMs = Number(lifetime ?? 3600) * 1000;
      return { text, renewAtMs: this.nowMs() + lifetimeMs - Math.min(renewBeforeEndMs, lifetimeMs / 2) };
    }
    const address = this.#address;
    if (answer.status >= 500 || answer.status === 429) {
      throw this.#toError({ kind: 'unreachable', address, reason: `HTTP ${answer.status}` });
    }
    const reason = typeof value['error'] === 'string' ? value['error'] : `HTTP ${answer.status}`;
    throw this.#toError({ kind: 'refused', address, reason });
  }

  #noAnswer({ kind, reason }: HttpFailure): TraceliftError {
    const failure = kind === 'certificate' ? kind : 'unreachable';
    return this.#toError({ kind: failure, address: this.#address, reason });
  }
}
