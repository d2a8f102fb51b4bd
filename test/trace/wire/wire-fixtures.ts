/** JSON texts as MLflow servers send them, kept under test/fixtures/mlflow. */
import { readFileSync } from 'node:fs';
import type { JsonValue } from '../../../src/json/json-value.js';
import { readJson } from '../../../src/json/decode-json.js';

export function wireFixture(name: string): JsonValue {
  return parsed(readFileSync(new URL(`../../fixtures/mlflow/${name}`, import.meta.url), 'utf8'));
}

export function parsed(text: string): JsonValue {
  const reading = readJson(text);
  if (!reading.ok) throw new Error(`no JSON: ${reading.problem}`);
  return reading.value;
}
