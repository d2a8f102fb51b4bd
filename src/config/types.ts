/** Types of the validated configuration. Types only. */
import type { z } from 'zod';
import type { configSchema } from './schema.js';

/** The same type, nothing of it writable. */
export type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

type Parsed = z.output<typeof configSchema>;

/** The configuration in force: every default filled in, every path absolute, no address with credentials. */
export type Config = DeepReadonly<
  Omit<Parsed, 'defaultSource' | 'temporal'> & {
    /** Name of the source for commands that name none. It may not exist: then no server is configured at all. */
    defaultSource: string;
    /** The configuration file that was read, or null. */
    file: string | null;
    temporal: Parsed['temporal'] & {
      /** TEMPORAL_* variables for `loadClientConnectConfig({ overrideEnvVars })`; holds secrets. */
      environment: Record<string, string>;
    };
  }
>;

/** One MLflow server. */
export type SourceConfig = Config['sources'][string];
export type MlflowSourceConfig = Extract<SourceConfig, { kind: 'mlflow' }>;
export type DatabricksSourceConfig = Extract<SourceConfig, { kind: 'databricks' }>;
/** One place for tables. */
export type TargetConfig = Config['targets'][string];
export type DuckDbTargetConfig = Extract<TargetConfig, { kind: 'duckdb' }>;
export type DatabricksTargetConfig = Extract<TargetConfig, { kind: 'databricks' }>;
export type LogConfig = Config['log'];
