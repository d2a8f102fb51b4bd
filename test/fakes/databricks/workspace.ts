/**
 * A Databricks workspace on 127.0.0.1 for tests: tokens, files, Unity Catalog, warehouses, both monitor APIs, and the
 * SQL path of a warehouse when something that speaks Thrift is plugged in. Nothing here has seen a live workspace:
 * each part names the public source it follows.
 */
import { FakeCatalog } from './catalog.js';
import { fileRoutes } from './files.js';
import { FakeHttps, type Fault, type Route } from './http.js';
import { FakeDatabricksMlflow } from './mlflow.js';
import { FakeMonitors } from './monitors.js';
import { FakeTokens } from './tokens.js';
import { FakeTraceDownloads } from './trace-downloads.js';

export interface FakeWorkspaceOptions {
  /** Folder that stands for `/Volumes`. */
  readonly volumesFolder: string;
  /** Answers the driver's Thrift calls; without it SQL gets 404. */
  readonly sql?: (body: Buffer) => Promise<{ status: number; body: Buffer }>;
}

export class FakeWorkspace {
  readonly tokens = new FakeTokens();
  readonly catalog = new FakeCatalog();
  readonly monitors = new FakeMonitors(this.catalog);
  readonly mlflow = new FakeDatabricksMlflow();
  readonly traceDownloads = new FakeTraceDownloads();
  readonly #https: FakeHttps;

  constructor({ volumesFolder, sql }: FakeWorkspaceOptions) {
    const hasVolume = (name: string): boolean => this.catalog.volumes.has(name.toLowerCase());
    const routes = [
      ...this.tokens.routes,
      ...fileRoutes({ folder: volumesFolder, hasVolume }),
      ...this.catalog.routes,
      ...this.monitors.routes,
      ...this.mlflow.routes,
      ...this.traceDownloads.routes(() => this.url),
      ...(sql === undefined ? [] : [this.#sqlRoute(sql)]),
    ];
    this.traceDownloads.documentOf = this.mlflow.documentOf;
    this.#https = new FakeHttps(routes, (request) => this.tokens.isValid(request));
  }

  /** https://127.0.0.1:port */
  get url(): string {
    return this.#https.url;
  }

  get port(): number {
    return this.#https.port;
  }

  /** Certificate to trust, PEM. */
  get caPem(): string {
    return this.#https.caPem;
  }

  /** `METHOD /path?query` of every request, oldest first. */
  get requests(): readonly string[] {
    return this.#https.requests;
  }

  /** HTTP path of the warehouse, as its connection details show it. */
  get httpPath(): string {
    return `/sql/1.0/warehouses/${this.catalog.warehouseId}`;
  }

  fail(fault: Fault): void {
    this.#https.fail(fault);
  }

  heal(): void {
    this.#https.heal();
  }

  start(): Promise<void> {
    return this.#https.start();
  }

  stop(): Promise<void> {
    return this.#https.stop();
  }

  #sqlRoute(sql: (body: Buffer) => Promise<{ status: number; body: Buffer }>): Route {
    return {
      method: 'POST',
      pattern: /^\/sql\/1\.0\/warehouses\/([^/]+)$/,
      handle: async (request, [, id]) =>
        id === this.catalog.warehouseId
          ? { headers: { 'Content-Type': 'application/x-thrift' }, ...(await sql(request.body)) }
          : { status: 404, json: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `No warehouse ${id ?? ''}` } },
    };
  }
}
