/**
 * An HTTP proxy in front of a real MLflow server that lets some requests fail, to order. Everything else passes
 * unchanged, so that what is tested stays the real server. Imports Node only.
 */
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request as it came in. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
  /** Number of the request among those that the same fault or hook is about, from 1. */
  readonly nth: number;
  readonly atMs: number;
}

/** An answer as the server gave it, or as it is to be given. */
export interface ProxiedAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** What happens to a request. */
export type Fault =
  /** An answer of the proxy's own; the server is not asked. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly headers?: OutgoingHttpHeaders }
  /** The server's answer with its length announced in full and half of it sent. */
  | { readonly kind: 'cut' }
  /** No answer at all; the connection stays open. */
  | { readonly kind: 'stall' }
  /** The connection is reset without an answer. */
  | { readonly kind: 'reset' }
  /** The server is asked something else, or its answer is changed. */
  | {
      readonly kind: 'edit';
      readonly request?: (request: ProxiedRequest) => { readonly url: string; readonly body: string };
      readonly answer?: (body: string, request: ProxiedRequest) => string;
    };

/** Which requests a fault or hook is about. */
export type Match = (request: Omit<ProxiedRequest, 'nth'>) => boolean;

export interface Injection {
  readonly on: Match;
  /** Which of the matching requests, by number. Default: all. */
  readonly when?: (nth: number) => boolean;
  readonly fault: Fault;
}

/** A page of a listing: not the search that finds out what the server can do, nor a look-up by id. */
export const isListing: Match = ({ url, body }) => isSearch(url, body, /timestamp_ms >=/);

/** Any search for traces that may find some. */
export const isAnySearch: Match = ({ url, body }) => isSearch(url, body, /"experiment_id"|experiment_ids/);

/** Spans of many traces at once. */
export const isSpanBatch: Match = ({ url }) =>
  url.startsWith('/api/3.0/mlflow/traces/batchGet') && !/=tr-0{32}/.test(url);

function isSearch(url: string, body: string, what: RegExp): boolean {
  if (url.startsWith('/api/3.0/mlflow/traces/search')) return what.test(body);
  return /^\/api\/2\.0\/mlflow\/traces\?/.test(url) && what.test(decodeURIComponent(url).replaceAll('+', ' '));
}

interface Counted<Part> {
  readonly part: Part;
  nth: number;
}

export class FaultyMlflow {
  /** Requests that a fault changed, in order. */
  readonly faulted: ProxiedRequest[] = [];
  /** All requests, in order, with `nth` counting all of them. */
  readonly seen: ProxiedRequest[] = [];
  private injections: Counted<Injection>[] = [];
  private hooks: Counted<{ on: Match; act: (nth: number) => Promise<void> }>[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private upstream: string,
  ) {}

  static async start(upstream: string): Promise<FaultyMlflow> {
    const server = createServer();
    const proxy = new FaultyMlflow(server, upstream);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      proxy.handle(request, response).catch(() => {
        // The server behind does not answer, or the caller is gone: a proxy cuts the connection.
        response.destroy();
      });
    });
    server.on('connection', (socket: Socket) => {
      proxy.sockets.add(socket);
      socket.once('close', () => proxy.sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get address(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  inject(injection: Injection): void {
    this.injections.push({ part: injection, nth: 0 });
  }

  /** Does something before the n-th matching request goes on to the server. */
  before(on: Match, act: (nth: number) => Promise<void>): void {
    this.hooks.push({ part: { on, act }, nth: 0 });
  }

  /** Everything passes again; counting starts anew. */
  heal(): void {
    this.injections = [];
    this.hooks = [];
    this.faulted.length = 0;
    this.seen.length = 0;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const base = {
      method: incoming.method ?? 'GET',
      url: incoming.url ?? '/',
      body: (await bodyOf(incoming)).toString(),
      atMs: Date.now(),
    };
    this.seen.push({ ...base, nth: this.seen.length + 1 });
    for (const hook of this.hooks) {
      if (!hook.part.on(base)) continue;
      hook.nth += 1;
      await hook.part.act(hook.nth);
    }
    const hit = this.faultFor(base);
    if (hit === null) {
      answerWith(response, await this.forward(incoming, base));
      return;
    }
    this.faulted.push(hit.request);
    await this.spoil(hit.fault, hit.request, incoming, response);
  }

  /** The first one wins; all of them count. */
  private faultFor(base: Omit<ProxiedRequest, 'nth'>): { fault: Fault; request: ProxiedRequest } | null {
    let hit: { fault: Fault; request: ProxiedRequest } | null = null;
    for (const injection of this.injections) {
      const { on, when, fault } = injection.part;
      if (!on(base)) continue;
      injection.nth += 1;
      if (when?.(injection.nth) ?? true) hit ??= { fault, request: { ...base, nth: injection.nth } };
    }
    return hit;
  }

  private async spoil(
    fault: Fault,
    request: ProxiedRequest,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    switch (fault.kind) {
      case 'answer': {
        const { status, body, headers = { 'content-type': 'application/json' } } = fault;
        answerWith(response, { status, headers, body: Buffer.from(body) });
        return;
      }
      case 'reset':
        incoming.socket.resetAndDestroy();
        return;
      case 'stall':
        return;
      case 'cut': {
        const { status, headers, body } = await this.forward(incoming, request);
        response.writeHead(status, { ...headers, 'content-length': body.length });
        response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.destroy());
        return;
      }
      case 'edit': {
        const asked = fault.request?.(request) ?? request;
        const answer = await this.forward(incoming, { ...request, ...asked });
        const body = fault.answer?.(answer.body.toString(), request) ?? answer.body;
        answerWith(response, { ...answer, body: Buffer.from(body) });
      }
    }
  }

  private forward(
    incoming: IncomingMessage,
    asked: { readonly method: string; readonly url: string; readonly body: string },
  ): Promise<ProxiedAnswer> {
    const target = new URL(asked.url, this.upstream);
    const headers: OutgoingHttpHeaders = { ...incoming.headers, host: target.host };
    // Bodies are changed as text.
    delete headers['accept-encoding'];
    if (asked.body !== '') headers['content-length'] = Buffer.byteLength(asked.body);
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(target, { method: asked.method, headers }, (answer) => {
        bodyOf(answer).then(
          (body) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body }),
          reject,
        );
      });
      outgoing.on('error', reject);
      outgoing.end(asked.body);
    });
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answerWith(response: ServerResponse, { status, headers, body }: ProxiedAnswer): void {
  const own = Object.entries(headers).filter(([name]) => name !== 'transfer-encoding');
  response.writeHead(status, { ...Object.fromEntries(own), 'content-length': body.length });
  response.end(body);
}
