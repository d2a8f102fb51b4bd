/**
 * Reads signed links of a cloud store. They carry their own permission: a request with a workspace's token as well is
 * refused, and would show the token to somebody else. Imports HTTP and the source's options.
 */
import { TraceliftError } from '../../../errors/index.js';
import { createHttpClient, type HttpAnswer, type HttpClient } from '../../../http/http-client.js';
import type { MlflowSourceOptions } from '../source-options.js';

/** What `credentials-for-data-download` gives out. */
export interface SignedLink {
  readonly url: URL;
  /** Headers that belong to the signature, and the only ones that are sent. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Errors: SourceUnreachable, SourceCertificate, SourceAnswerTooLarge, SourceBadAnswer. */
export interface SignedDownloads {
  /** The store's answer, whatever its status. */
  get(link: SignedLink, signal: AbortSignal): Promise<HttpAnswer>;
  close(): void;
}

type Options = Pick<
  MlflowSourceOptions,
  'tls' | 'log' | 'retry' | 'requestTimeoutMs' | 'maxConcurrentRequests' | 'maxResponseBytes'
>;

/** One keep-alive client per store: links of one experiment lie in one bucket. */
export function createSignedDownloads(options: Options): SignedDownloads {
  const clients = new Map<string, HttpClient>();
  const clientFor = (origin: string): HttpClient => {
    const known = clients.get(origin) ?? clientOf(origin, options);
    clients.set(origin, known);
    return known;
  };
  return {
    get: ({ url, headers }, signal) =>
      clientFor(url.origin).send({
        method: 'GET',
        path: url.pathname,
        secretQuery: url.search.slice(1),
        headers,
        signal,
      }),
    close: () => {
      for (const client of clients.values()) client.close();
    },
  };
}

function clientOf(origin: string, options: Options): HttpClient {
  const { tls, log, retry, requestTimeoutMs, maxConcurrentRequests, maxResponseBytes } = options;
  return createHttpClient({
    baseUrl: origin,
    headers: () => Promise.resolve({}),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    ...(maxConcurrentRequests === undefined ? {} : { maxConcurrentRequests }),
    ...(maxResponseBytes === undefined ? {} : { maxResponseBytes }),
    ...(retry === undefined ? {} : { retry }),
    ...(tls === undefined ? {} : { tls }),
    log,
    toError: ({ kind, reason, maxResponseBytes: maxBytes }) => {
      const request = 'a signed link to trace data';
      if (kind === 'certificate') return new TraceliftError('SourceCertificate', { address: origin, reason });
      if (kind === 'too-large')
        return new TraceliftError('SourceAnswerTooLarge', { address: origin, request, maxBytes });
      if (kind === 'broken') return new TraceliftError('SourceBadAnswer', { address: origin, request, reason });
      return new TraceliftError('SourceUnreachable', { address: origin, reason });
    },
  });
}
