/**
 * The configuration of tracelift: one schema, filled from an optional file and the environment. Only the entry points
 * (CLI, worker) call `loadConfig`; nothing below them reads `process.env`.
 */
export { loadConfig } from './load.js';
export { ignoredMlflowVariables } from './mlflow-variables.js';
export { runDefaults } from './run-defaults.js';
export { maskedConfig, secretValues } from './mask.js';
export type { Environment } from './environment.js';
export type {
  Config,
  DatabricksSourceConfig,
  DatabricksTargetConfig,
  DuckDbTargetConfig,
  LogConfig,
  MlflowSourceConfig,
  SourceConfig,
  TargetConfig,
} from './types.js';
