/**
 * What a trace is, after every MLflow version and span encoding has been normalised. Pure types; imports only JSON.
 *
 * Unknown is null, never 0 or ''. Times of traces are epoch milliseconds (MLflow's own precision), times of spans are
 * epoch nanoseconds as bigint, since they do not fit a JavaScript number.
 */
import type { JsonObject, JsonValue } from '../json/json-value.js';
import type { SpanState, TraceScope } from '../tables/trace-key.js';

/** Where a trace lives, and what people call that. */
export interface ExperimentScope extends TraceScope {
  /** Null where nobody told it. */
  readonly experimentName: string | null;
}

/** MLflow's trace states (mlflow/protos/service.proto `TraceInfoV3.State`). */
export type TraceState = 'OK' | 'ERROR' | 'IN_PROGRESS' | 'STATE_UNSPECIFIED';

/** A trace without its spans, normalised from MLflow's V2 and V3 searches. */
export interface TraceInfo {
  readonly traceId: string;
  readonly experimentId: string;
  readonly clientRequestId: string | null;
  /** Epoch milliseconds. May move earlier until the trace is final (a root span that arrives late). */
  readonly startTimeMs: number;
  /** Null while the trace is in progress. */
  readonly executionTimeMs: number | null;
  readonly state: TraceState;
  /** At most 1,000 characters on open-source servers, 10,000 on Databricks: never the full text. */
  readonly requestPreview: string | null;
  readonly responsePreview: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Values cut to 250 characters by the server: prefer span attributes where both exist. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Every version, also `valid: false` ones, in the source's order. */
  readonly assessments: readonly Assessment[];
}

export type AssessmentKind = 'feedback' | 'expectation' | 'issue';

/** MLflow's source types; anything else is kept as its upper-case text. AI_JUDGE is normalised to LLM_JUDGE. */
type AssessmentSourceType = 'HUMAN' | 'LLM_JUDGE' | 'CODE' | (string & {});

/** One version of one assessment. */
export interface Assessment {
  readonly assessmentId: string;
  /** The raw name, as logged. */
  readonly name: string;
  readonly kind: AssessmentKind;
  readonly spanId: string | null;
  readonly sourceType: AssessmentSourceType | null;
  readonly sourceId: string | null;
  readonly createTimeMs: number | null;
  readonly lastUpdateTimeMs: number | null;
  /** Null where the assessment only carries an error. */
  readonly value: JsonValue;
  readonly rationale: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** Stack of that error; servers keep 10,000 characters. */
  readonly errorStack: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly valid: boolean;
  /** Id of the assessment that this one replaced. */
  readonly overrides: string | null;
}

export type SpanStatus = 'OK' | 'ERROR' | 'UNSET';

/** One span, normalised from MLflow's four encodings. Ids are lower-case hex without prefix. */
export interface Span {
  readonly spanId: string;
  /** Null for a root. */
  readonly parentSpanId: string | null;
  readonly name: string;
  /** 0 where it is not known: then no duration is either. */
  readonly startTimeNs: bigint;
  /** Null while the span is open. */
  readonly endTimeNs: bigint | null;
  readonly status: SpanStatus;
  readonly statusMessage: string | null;
  /** OpenTelemetry's span kind (SERVER, CLIENT, …), upper case; MLflow's own servers do not keep it. */
  readonly otelKind: string | null;
  /** The library that made the span; null where nobody says. */
  readonly scope: SpanScope | null;
  /** Spans elsewhere that this one belongs to. */
  readonly links: readonly SpanLink[];
  /** Decoded values (MLflow stores most of them as JSON text inside JSON). */
  readonly attributes: JsonObject;
  readonly events: readonly SpanEvent[];
}

/** OpenTelemetry's instrumentation scope. */
export interface SpanScope {
  readonly name: string;
  readonly version: string | null;
}

/** Ids as the source writes them: hex, MLflow's trace ids with their prefix. */
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: JsonObject;
}

export interface SpanEvent {
  readonly name: string;
  readonly timeNs: bigint | null;
  readonly attributes: JsonObject;
}

/** What reading the spans of one trace gave. */
export interface SpanReading {
  readonly traceId: string;
  readonly spanState: SpanState;
  readonly spans: readonly Span[];
}
