/**
 * Records MLflow's demo data from a real server for src/local/recorded-mlflow:
 * `npx tsx test/servers/record-demo.ts http://127.0.0.1:5000`
 * Asks the server for its demo data, reads it as any client would, and leaves out what names the machine.
 */
import { writeFileSync } from 'node:fs';
import type { JsonObject, JsonValue } from '../../src/json/json-value.js';
import { isJsonObject } from '../../src/json/json-value.js';
import { writeJson } from '../../src/json/write-json.js';
import { readJson } from '../../src/json/decode-json.js';
import type { RecordedTrace, Recording } from '../../src/local/recorded-mlflow/recorded-store.js';

const target = new URL('../../src/local/recorded-mlflow/demo-recording.json', import.meta.url);

/** Metadata that names a machine, a person or a path, and what stands there instead. */
const replacedMetadata: Readonly<Record<string, string>> = { 'mlflow.source.name': 'demo', 'mlflow.user': 'demo' };

const address = process.argv[2] ?? 'http://127.0.0.1:5000';

async function ask(method: string, path: string, body?: JsonObject): Promise<JsonObject> {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`${address}${path}`, { method, headers, ...(body ? { body: writeJson(body) } : {}) });
  const reading = readJson(await response.text());
  if (!response.ok || !reading.ok || !isJsonObject(reading.value)) throw new Error(`${path} gave ${response.status}`);
  return reading.value;
}

const asObject = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

function textOf(value: JsonValue | undefined): string {
  if (typeof value !== 'string') throw new Error('the server sent no text where one was expected');
  return value;
}

function recorded(wire: JsonValue, spans: JsonValue): RecordedTrace {
  const info = asObject(wire);
  const metadata = { ...asObject(info['trace_metadata']) };
  for (const [key, text] of Object.entries(replacedMetadata)) if (key in metadata) metadata[key] = text;
  const location = asObject(asObject(info['trace_location'])['mlflow_experiment']);
  return {
    traceId: textOf(info['trace_id']),
    experimentId: textOf(location['experiment_id']),
    startMs: Date.parse(textOf(info['request_time'])),
    infoJson: writeJson({ ...info, trace_metadata: metadata }),
    spansJson: writeJson(spans),
  };
}

const demo = await ask('POST', '/ajax-api/3.0/mlflow/demo/generate', { features: ['prompts', 'traces', 'evaluation'] });
const experimentId = demo['experiment_id'] as string;
const { experiment } = await ask('GET', `/api/2.0/mlflow/experiments/get?experiment_id=${experimentId}`);
const page = await ask('POST', '/api/3.0/mlflow/traces/search', {
  locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experimentId } }],
  max_results: 500,
});
const traces: RecordedTrace[] = [];
for (const info of page['traces'] as JsonValue[]) {
  const traceId = asObject(info)['trace_id'] as string;
  const { trace } = await ask('GET', `/api/3.0/mlflow/traces/get?trace_id=${traceId}`);
  traces.push(recorded(info, asObject(trace)['spans'] ?? []));
}
const recording: Recording = {
  version: (await (await fetch(`${address}/version`)).text()).trim(),
  experiments: [{ experimentId, name: asObject(experiment)['name'] as string }],
  traces: traces.sort((left, right) => left.startMs - right.startMs || (left.traceId < right.traceId ? -1 : 1)),
};
writeFileSync(target, `${JSON.stringify(recording, null, 2)}\n`);
process.stdout.write(`Recorded ${traces.length} traces of MLflow ${recording.version}\n`);
