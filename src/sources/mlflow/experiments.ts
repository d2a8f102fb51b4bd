/** Experiments by id, by name, and all of them. */
import { TraceliftError } from '../../errors/index.js';
import type { JsonValue } from '../../json/json-value.js';
import { integerOrNull, itemsOf, member, textOrNull } from '../../trace/wire/decode-values.js';
import type { Experiment } from '../trace-source.js';
import { isWorkspaceRefused } from './answer-errors.js';
import type { MlflowClient, MlflowRequest } from './mlflow-client.js';
import type { CallOptions } from '../../call-options.js';

const maxExperimentsPerPage = 1000;

/**
 * A number is taken for an id first, then for a name. Servers with user management refuse unknown ids (HTTP 403) as
 * they refuse forbidden ones.
 * @throws ExperimentNotFound, SourceForbidden
 */
export async function getExperiment(
  client: MlflowClient,
  idOrName: string,
  options: CallOptions = {},
): Promise<Experiment> {
  const byId = /^\d+$/.test(idOrName) ? await lookUp(client, 'get', { experiment_id: idOrName }, options) : null;
  if (byId !== null && !(byId instanceof TraceliftError)) return byId;
  const byName = await lookUp(client, 'get-by-name', { experiment_name: idOrName }, options);
  if (byName !== null && !(byName instanceof TraceliftError)) return byName;
  const refusal = byId ?? byName;
  if (refusal !== null) throw refusal;
  throw new TraceliftError('ExperimentNotFound', { address: client.connection.address, experiment: idOrName });
}

/** Id of an experiment that these credentials can see, or null where there is none or they may not ask. */
export async function anyVisibleExperiment(client: MlflowClient): Promise<string | null> {
  const body = JSON.stringify({ max_results: 1, view_type: 'ACTIVE_ONLY' });
  const request: MlflowRequest = { method: 'POST', path: '/api/2.0/mlflow/experiments/search', body };
  const answer = await client.send(request);
  if (answer.status === 403 || answer.status === 404) return null;
  const [first] = itemsOf(member(client.reply(request, answer).value, 'experiments'));
  return textOrNull(member(first, 'experiment_id'));
}

/** Deleted ones included. */
export async function listExperiments(client: MlflowClient, options: CallOptions = {}): Promise<Experiment[]> {
  const experiments: Experiment[] = [];
  let pageToken: string | null = null;
  do {
    const request = searchRequest(pageToken, options);
    const { value } = await client.call(request);
    for (const wire of itemsOf(member(value, 'experiments'))) {
      const experiment = decodeExperiment(wire);
      if (experiment !== null) experiments.push(experiment);
    }
    pageToken = textOrNull(member(value, 'next_page_token'));
    options.onProgress?.();
  } while (pageToken !== null);
  return experiments;
}

function searchRequest(pageToken: string | null, options: CallOptions): MlflowRequest {
  const body = {
    max_results: maxExperimentsPerPage,
    view_type: 'ALL',
    ...(pageToken === null ? {} : { page_token: pageToken }),
  };
  return {
    method: 'POST',
    path: '/api/2.0/mlflow/experiments/search',
    body: JSON.stringify(body),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

/** Null where there is none; the refusal where this one is not for these credentials. */
async function lookUp(
  client: MlflowClient,
  endpoint: 'get' | 'get-by-name',
  query: Readonly<Record<string, string>>,
  options: CallOptions,
): Promise<Experiment | TraceliftError | null> {
  const request: MlflowRequest = {
    method: 'GET',
    path: `/api/2.0/mlflow/experiments/${endpoint}`,
    query,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const answer = await client.send(request);
  const isUnknown = answer.status === 404 && answer.text.includes('RESOURCE_DOES_NOT_EXIST');
  if (isUnknown && !isWorkspaceRefused(client.connection, answer)) return null;
  if (answer.status === 403) return client.errorOf(request, answer);
  const experiment = decodeExperiment(member(client.reply(request, answer).value, 'experiment'));
  if (experiment === null) throw client.badAnswer(request, 'there is no experiment in it');
  return experiment;
}

function decodeExperiment(wire: JsonValue | undefined): Experiment | null {
  const experimentId = textOrNull(member(wire, 'experiment_id'));
  if (experimentId === null) return null;
  return {
    experimentId,
    name: textOrNull(member(wire, 'name')) ?? experimentId,
    lifecycleStage: member(wire, 'lifecycle_stage') === 'deleted' ? 'deleted' : 'active',
    createdAtMs: integerOrNull(member(wire, 'creation_time')),
    unityCatalogTraces: unityCatalogTraces(member(wire, 'tags')),
  };
}

/**
 * Tags of an experiment that is bound to Unity Catalog, the most telling one first (mlflow/utils/mlflow_tags.py,
 * MLFLOW_EXPERIMENT_DATABRICKS_TRACE_…).
 */
const unityCatalogTags = [
  'mlflow.experiment.databricksTraceDestinationPath',
  'mlflow.experiment.databricksTraceSpanStorageTable',
  'mlflow.experiment.databricksTraceLogStorageTable',
  'mlflow.experiment.databricksTraceAnnotationsTable',
  'mlflow.experiment.databricksTelemetryDestinationId',
] as const;

function unityCatalogTraces(tags: JsonValue | undefined): string | null {
  const valueByKey = new Map(itemsOf(tags).map((tag) => [textOrNull(member(tag, 'key')), member(tag, 'value')]));
  const values = unityCatalogTags.map((tag) => textOrNull(valueByKey.get(tag)));
  return values.find((value) => value !== null && value.trim() !== '') ?? null;
}
