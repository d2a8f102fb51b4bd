/**
 * Where traces come from. Implemented by sources/mlflow for open-source MLflow and for MLflow on Databricks.
 * Imports types only.
 */
import type { SpanReading, TraceInfo } from '../trace/trace.js';
import type { CallOptions } from '../call-options.js';

/** What a server can do, found out once per connection. */
export interface SourceDescription {
  /** Configured name, else derived from the address: part of every key. */
  readonly sourceId: string;
  /** Address without credentials. */
  readonly address: string;
  /** Server version as it states it, or null where it does not. */
  readonly version: string | null;
  /** Search API in use. */
  readonly searchApi: 'v3' | 'v2';
  /** How spans are read, fastest first. */
  readonly spanRoutes: readonly string[];
  /** True where exact counts can be asked for (MLflow >= 3.9 on an SQL store). */
  readonly hasTraceCounts: boolean;
}

export interface Experiment {
  readonly experimentId: string;
  readonly name: string;
  /** MLflow keeps answering searches of deleted experiments. */
  readonly lifecycleStage: 'active' | 'deleted';
  /**
   * When it was made, epoch milliseconds: tells it from an experiment with the same id on another server. Null where
   * the server does not say.
   */
  readonly createdAtMs: number | null;
  /**
   * Tables of Unity Catalog in which the traces lie instead of in MLflow, as the experiment's tags name them; null where
   * they lie in MLflow. MLflow's own trace search answers such an experiment with nothing.
   */
  readonly unityCatalogTraces: string | null;
}

/**
 * One search. Rows come in the order `timestamp ASC, trace id ASC`.
 * The page token is an offset on open-source servers: it is valid only together with the same experiment and bounds,
 * and only while no row in front of it appears or disappears.
 */
export interface PageRequest {
  readonly experimentId: string;
  /** Inclusive, epoch milliseconds. */
  readonly fromMs: number;
  /** Exclusive, epoch milliseconds. */
  readonly toMs: number;
  /** 1..500. */
  readonly maxResults: number;
  readonly pageToken?: string;
}

/** A trace that the source lists but cannot serve (a NaN value makes MLflow answer 500 for its whole page). */
export interface UnreadableTrace {
  readonly traceId: string;
  readonly startTimeMs: number | null;
  readonly errorCode: string;
  /** Without trace text. */
  readonly message: string;
}

export interface InfoPage {
  readonly infos: readonly TraceInfo[];
  readonly unreadable: readonly UnreadableTrace[];
  /** Absent when the search has no further row. A full page may carry a token whose page is empty. */
  readonly nextPageToken?: string;
  /** The source's clock when it answered (HTTP `Date`), epoch milliseconds; our clock where it sends none. */
  readonly observedAtMs: number;
  /** Size of the answer, for window and batch budgets. */
  readonly bytes: number;
}

/** What lookups and reads need besides their arguments. */
/** What was read of the traces asked for: each is in one of the two. */
export interface SpansRead {
  readonly readings: SpanReading[];
  readonly unreadable: UnreadableTrace[];
}

/** A file beside the spans of a trace. */
export interface WantedAttachment {
  readonly traceId: string;
  /** MLflow's id of the file, a UUID. */
  readonly attachmentId: string;
  /** Larger files are not read, bytes. */
  readonly maxBytes: number;
}

export type ReadAttachment =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing'; readonly reason: 'too_large' | 'gone' | 'refused' | 'unsupported' };

/**
 * Errors thrown (codes of the catalogue): SourceUnreachable, SourceRateLimited, SourceServerError (transient);
 * SourceUnauthorized, SourceTokenRefused, SourceForbidden, SourceHostRefused, SourceCertificate, SourceClientCertificate, SourceRedirected, SourceFeatureDisabled
 * SourcePathMissing (config); ExperimentNotFound (input); SourceBadAnswer, SourceAnswerTooLarge (data); SourceRequestRefused (terminal).
 * Codes of `UnreadableTrace`: TraceInfoUnusable, TraceUnreadable, SpansUnreadable.
 */
export interface TraceSource {
  describe(options?: CallOptions): Promise<SourceDescription>;

  /** By id or by exact name. @throws ExperimentNotFound */
  getExperiment(idOrName: string, options?: CallOptions): Promise<Experiment>;

  listExperiments(options?: CallOptions): Promise<Experiment[]>;

  searchPage(request: PageRequest, options?: CallOptions): Promise<InfoPage>;

  /** Infos by id, in any order; ids that the source does not know are left out. */
  getInfos(experimentId: string, traceIds: readonly string[], options?: CallOptions): Promise<InfoPage>;

  /**
   * Spans of the given traces, one reading per trace, in any order. A trace that fails alone gives an `unreadable`
   * entry instead; only failures of the server as a whole are thrown.
   */
  readSpans(infos: readonly TraceInfo[], options?: CallOptions): Promise<SpansRead>;

  /** One file that a trace refers to. A file that cannot be had is an answer; only failures of the server are thrown. */
  readAttachment(wanted: WantedAttachment, options?: CallOptions): Promise<ReadAttachment>;

  /** Exact number of traces that start in `[fromMs, toMs)`, or null where the server cannot say. */
  countTraces(experimentId: string, fromMs: number, toMs: number, options?: CallOptions): Promise<number | null>;

  /** Exact number of spans of the traces that start in `[fromMs, toMs)`, or null where the server cannot say. */
  countSpans(experimentId: string, fromMs: number, toMs: number, options?: CallOptions): Promise<number | null>;

  /** Start of the oldest trace, epoch milliseconds, or null when there is none. */
  earliestTraceMs(experimentId: string, options?: CallOptions): Promise<number | null>;

  /** The source's clock, epoch milliseconds. */
  nowMs(options?: CallOptions): Promise<number>;

  close(): Promise<void>;
}
