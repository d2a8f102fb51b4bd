/** A real HTTP server on this machine that answers as a test tells it to, also badly. Imports Node only. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** Objects are sent as JSON, texts as they are. */
  readonly body?: unknown;
  /** Sends no `Date`. */
  readonly hideDate?: boolean;
}

/** `cut` closes the connection without an answer; `hang` never answers. */
export type Script = (request: SeenRequest, number: number) => Reply | 'cut' | 'hang';

export interface ScriptedServer {
  readonly address: string;
  readonly requests: readonly SeenRequest[];
  /** Largest number of requests that were open at one time. */
  readonly maxOpen: number;
  close(): Promise<void>;
}

export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  let numOpen = 0;
  let maxOpen = 0;
  const server = createServer((incoming, response) => {
    numOpen++;
    maxOpen = Math.max(maxOpen, numOpen);
    response.on('close', () => numOpen--);
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const request = seen(incoming, Buffer.concat(parts).toString('utf8'));
      requests.push(request);
      send(response, script(request, requests.length));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get maxOpen() {
      return maxOpen;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function seen(incoming: IncomingMessage, body: string): SeenRequest {
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body,
  };
}

function send(response: ServerResponse, reply: Reply | 'cut' | 'hang'): void {
  if (reply === 'hang') return;
  if (reply === 'cut') {
    response.destroy();
    return;
  }
  if (reply.hideDate === true) response.sendDate = false;
  const isText = typeof reply.body === 'string' || reply.body === undefined;
  const headers = { 'Content-Type': isText ? 'text/html' : 'application/json', ...reply.headers };
  response.writeHead(reply.status ?? 200, headers);
  response.end(isText ? reply.body : JSON.stringify(reply.body));
}
