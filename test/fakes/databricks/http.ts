/** The plain HTTPS server under the fake workspace: routes, faults to order, a log of requests. For tests only. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { generate } from 'selfsigned';

export interface FakeRequest {
  readonly method: string;
  /** Decoded, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** The body as a JSON object; `{}` where there is none. */
  json(): Record<string, unknown>;
}

export interface FakeAnswer {
  readonly status: number;
  readonly json?: unknown;
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Handles one kind of request; `match` is that of the route's pattern. */
export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  /** True where no token is asked for. */
  readonly isOpen?: boolean;
  readonly handle: (request: FakeRequest, match: RegExpExecArray) => FakeAnswer | Promise<FakeAnswer>;
}

/** Trouble to order: the next `times` requests that match get it. */
export interface Fault {
  /** Tested against `METHOD /path?query`. */
  readonly on: RegExp;
  /** Default 1. */
  readonly times?: number;
  /** Wait before anything else. */
  readonly delayMs?: number;
  /** Given instead of the real answer; without it only the delay happens. `cut` breaks the connection. */
  readonly answer?: FakeAnswer | 'cut';
  /** True: the request takes effect first, only its answer is lost. */
  readonly isAfterEffect?: boolean;
}

/** Errors as Databricks' REST APIs write them: https://docs.databricks.com/api/workspace/introduction. */
export function apiError(status: number, errorCode: string, message: string): FakeAnswer {
  return { status, json: { error_code: errorCode, message, details: [] } };
}

/** Body and header as recorded from a workspace: 403 rather than 401, and the reason in a header as well. */
const invalidToken: FakeAnswer = {
  ...apiError(403, '403', 'Invalid access token. [ReqId: 00000000-0000-0000-0000-000000000000]'),
  headers: { 'X-Databricks-Reason-Phrase': 'Invalid access token.' },
};

export class FakeHttps {
  /** `METHOD /path?query` of every request, oldest first. */
  readonly requests: string[] = [];
  readonly #routes: readonly Route[];
  readonly #isAuthorized: (request: FakeRequest) => boolean;
  readonly #faults: { fault: Fault; left: number }[] = [];
  #server: Server | undefined;
  #certificate = '';

  constructor(routes: readonly Route[], isAuthorized: (request: FakeRequest) => boolean) {
    this.#routes = routes;
    this.#isAuthorized = isAuthorized;
  }

  /** Orders trouble. */
  fail(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  /** Ends all ordered trouble. */
  heal(): void {
    this.#faults.length = 0;
  }

  /** The server's own certificate, PEM: what clients must trust. */
  get caPem(): string {
    return this.#certificate;
  }

  get port(): number {
    return (this.#server?.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://127.0.0.1:${String(this.port)}`;
  }

  async start(): Promise<void> {
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      keySize: 2048,
      extensions: [
        { name: 'basicConstraints', cA: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 7, ip: '127.0.0.1' },
            { type: 2, value: 'localhost' },
          ],
        },
      ],
    });
    this.#certificate = cert;
    this.#server = createServer({ key, cert }, (request, response) => void this.#serve(request, response));
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    const line = `${request.method} ${incoming.url ?? ''}`;
    this.requests.push(line);
    const fault = this.#takeFault(line);
    if (fault?.delayMs !== undefined) await pause(fault.delayMs);
    const isReplaced = fault?.answer !== undefined && fault.isAfterEffect !== true;
    const own = isReplaced ? undefined : await this.#answer(request);
    const answer = fault?.answer ?? own ?? apiError(500, 'INTERNAL_ERROR', 'no answer');
    if (answer === 'cut') incoming.socket.destroy();
    else write(response, request.method, answer);
  }

  async #answer(request: FakeRequest): Promise<FakeAnswer> {
    for (const route of this.#routes) {
      const match = route.method === request.method ? route.pattern.exec(request.path) : null;
      if (match === null) continue;
      if (route.isOpen !== true && !this.#isAuthorized(request)) {
        return invalidToken;
      }
      try {
        return await route.handle(request, match);
      } catch (error) {
        return apiError(500, 'INTERNAL_ERROR', `the fake failed: ${String(error)}`);
      }
    }
    return apiError(404, 'ENDPOINT_NOT_FOUND', `No API found for '${request.method} ${request.path}'`);
  }

  #takeFault(line: string): Fault | undefined {
    const index = this.#faults.findIndex(({ fault }) => fault.on.test(line));
    const found = this.#faults[index];
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#faults.splice(index, 1);
    return found.fault;
  }
}

async function readRequest(incoming: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const url = new URL(incoming.url ?? '/', 'https://fake');
  return {
    method: incoming.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: incoming.headers,
    body,
    json: () => (body.length === 0 ? {} : (JSON.parse(body.toString('utf8')) as Record<string, unknown>)),
  };
}

function write(response: ServerResponse, method: string, answer: FakeAnswer): void {
  const body = answer.body ?? (answer.json === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(answer.json)));
  response.writeHead(answer.status, {
    'Content-Type': answer.json === undefined ? 'application/octet-stream' : 'application/json',
    'Content-Length': String(body.length),
    ...answer.headers,
  });
  response.end(method === 'HEAD' ? undefined : body);
}
