/**
 * MLflow's own write API, as tests and benchmarks need it: experiments, traces by OTLP and by V3, assessments, tags.
 * Imports nothing of the adapters, so that their tests do not test themselves.
 */
import type { JsonObject, JsonValue } from '../../src/json/json-value.js';
import { writeJson } from '../../src/json/write-json.js';
import type { SeedSpan, SeedTrace } from './seed-content.js';

/** An answer other than success; carries the server's text, which is our own test data. */
class MlflowApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
    request: string,
  ) {
    super(`${request} gave ${status}: ${body.slice(0, 500)}`);
  }
}

export async function mlflowRequest(
  address: string,
  method: string,
  path: string,
  body?: JsonValue,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: writeJson(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new MlflowApiError(response.status, text, `${method} ${path}`);
  return text === '' || !response.headers.get('content-type')?.includes('json') ? text : (JSON.parse(text) as unknown);
}

/** Id of the experiment with this name, which is made where it does not exist. */
export async function ensureExperiment(address: string, name: string): Promise<string> {
  const query = new URLSearchParams({ experiment_name: name }).toString();
  try {
    const found = await mlflowRequest(address, 'GET', `/api/2.0/mlflow/experiments/get-by-name?${query}`);
    return (found as { experiment: { experiment_id: string } }).experiment.experiment_id;
  } catch (error) {
    if (!(error instanceof MlflowApiError) || error.status !== 404) throw error;
    const made = await mlflowRequest(address, 'POST', '/api/2.0/mlflow/experiments/create', { name });
    return (made as { experiment_id: string }).experiment_id;
  }
}

/** Sends spans the way OpenTelemetry exporters do (https://opentelemetry.io/docs/specs/otlp/#otlphttp). */
export async function exportSpans(
  address: string,
  experimentId: string,
  traces: readonly Pick<SeedTrace, 'traceId' | 'spans'>[],
  headers: Record<string, string> = {},
): Promise<void> {
  const spans = traces.flatMap((trace) => trace.spans.map((span) => otlpSpan(trace.traceId, span)));
  const body = { resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'seed' }, spans }] }] };
  await mlflowRequest(address, 'POST', '/v1/traces', body, { 'x-mlflow-experiment-id': experimentId, ...headers });
}

function otlpSpan(traceId: string, span: SeedSpan): JsonObject {
  return {
    traceId: traceId.replace(/^tr-/, ''),
    spanId: span.spanId,
    ...(span.parentSpanId === null ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name,
    startTimeUnixNano: String(span.startTimeNs),
    endTimeUnixNano: String(span.endTimeNs),
    attributes: keyValues(span.attributes),
    status: { code: span.isError ? 'STATUS_CODE_ERROR' : 'STATUS_CODE_OK' },
    ...(span.exception === undefined ? {} : { events: [exceptionEvent(span, span.exception)] }),
  };
}

function exceptionEvent(span: SeedSpan, { type, message }: { type: string; message: string }): JsonObject {
  const attributes = keyValues({ 'exception.type': type, 'exception.message': message });
  return { name: 'exception', timeUnixNano: String(span.endTimeNs), attributes };
}

/** MLflow stores a structured AnyValue exactly as its Python client would have stored the same value. */
function anyValue(value: JsonValue): JsonObject {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: String(value) };
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return { intValue: String(value) };
    return { doubleValue: Number.isFinite(value) ? value : String(value) };
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value) } };
}

function keyValues(object: JsonObject): JsonObject[] {
  return Object.entries(object).map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** Makes or completes a trace by its V3 info (https://mlflow.org/docs/latest/api_reference/rest-api.html). */
export async function startTrace(address: string, traceInfo: JsonObject): Promise<void> {
  await mlflowRequest(address, 'POST', '/api/3.0/mlflow/traces', { trace: { trace_info: traceInfo } });
}

/** @returns the new assessment's id */
export async function addAssessment(address: string, traceId: string, assessment: JsonObject): Promise<string> {
  const path = `/api/3.0/mlflow/traces/${traceId}/assessments`;
  const body = { assessment: { trace_id: traceId, ...assessment } };
  const made = (await mlflowRequest(address, 'POST', path, body)) as { assessment: { assessment_id: string } };
  return made.assessment.assessment_id;
}

/** Overwrites in place: id and creation time stay. @param changes with the fields named in `update_mask` */
export async function updateAssessment(
  address: string,
  traceId: string,
  assessmentId: string,
  changes: JsonObject,
): Promise<void> {
  const path = `/api/3.0/mlflow/traces/${traceId}/assessments/${assessmentId}`;
  const updateMask = Object.keys(changes)
    .map((key) => (key === 'assessment_name' ? 'assessmentName' : key))
    .join(',');
  const assessment = { assessment_id: assessmentId, trace_id: traceId, ...changes };
  await mlflowRequest(address, 'PATCH', path, { assessment, update_mask: updateMask });
}

export async function deleteAssessment(address: string, traceId: string, assessmentId: string): Promise<void> {
  await mlflowRequest(address, 'DELETE', `/api/3.0/mlflow/traces/${traceId}/assessments/${assessmentId}`);
}

export async function setTag(address: string, traceId: string, key: string, value: string): Promise<void> {
  await mlflowRequest(address, 'PATCH', `/api/3.0/mlflow/traces/${traceId}/tags`, { key, value });
}

export async function deleteTraces(address: string, experimentId: string, traceIds: readonly string[]): Promise<void> {
  const body = { experiment_id: experimentId, request_ids: [...traceIds] };
  await mlflowRequest(address, 'POST', '/api/2.0/mlflow/traces/delete-traces', body);
}

export async function deleteExperiment(address: string, experimentId: string): Promise<void> {
  await mlflowRequest(address, 'POST', '/api/2.0/mlflow/experiments/delete', { experiment_id: experimentId });
}
