/**
 * The configuration of tracelift: one schema, filled from an optional file and the environment. Only the entry points
 * (CLI, worker) call `loadConfig`; nothing below them reads `process.env`.
 */
export { loadConfig, type ConfigInputs } from './config/load.js';
export { maskedConfig, secretPaths, secretValues } from './config/mask.js';
export { configSchema } from './config/schema.js';
export { allSettings, settingGroups, type Setting, type SettingGroup } from './config/settings.js';
export type { Environment } from './config/environment.js';
export type {
  Config,
  DatabricksSourceConfig,
  DatabricksTargetConfig,
  DuckDbTargetConfig,
  LogConfig,
  MlflowSourceConfig,
  MonitorConfig,
  ProcessingConfig,
  SourceConfig,
  TargetConfig,
  WindowsConfig,
  WorkerConfig,
} from './config/types.js';
