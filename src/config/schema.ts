/**
 * The one schema of the configuration. Environment, file, error texts and docs/configuration.md follow from it.
 * Must not read the environment or any file.
 */
import { z } from 'zod';
import { group, httpAddress, connectionName, setting, sqlName, wholeNumber } from './fields.js';
import { sources } from './sources.js';
import { targets } from './targets.js';

const MIB = 1024 * 1024;

/** Names of the encodings that the tokenizer has rank tables for. */
const encodings = ['cl100k_base', 'o200k_base', 'p50k_base', 'p50k_edit', 'r50k_base', 'gpt2'] as const;

const processing = group('What a trace becomes.', {
  encoding: setting(z.enum(encodings).default('cl100k_base'), {
    description: 'Encoding in which the full request and response are counted.',
    env: 'TRACELIFT_ENCODING',
    example: 'cl100k_base',
  }),
  dimensions: setting(
    z
      .record(
        sqlName,
        z.string().regex(/^(tag|metadata):.+$/s, 'use tag:<key> or metadata:<key>, such as tag:environment'),
      )
      .default({}),
    {
      description: 'Further gold columns `dim_<name>`, each taken from a tag or from the metadata of the trace.',
      env: 'TRACELIFT_DIMENSIONS',
      example: { environment: 'tag:environment', tenant: 'metadata:tenant' },
    },
  ),
  userIdHashKey: setting(z.string().min(16, 'use at least 16 characters').optional(), {
    description:
      'Key of the keyed hash (HMAC-SHA-256) that replaces user ids in gold. Without it user ids are stored as they are.',
    env: 'TRACELIFT_USER_HASH_KEY',
    secret: true,
    example: '${USER_HASH_KEY}',
  }),
  maxMetricColumns: setting(wholeNumber(1, 2000).default(300), {
    description: 'Metric columns that gold may have; further metrics stay in the assessments table.',
    unit: 'columns',
    env: 'TRACELIFT_MAX_METRIC_COLUMNS',
    example: 300,
  }),
});

const windows = group('How a run is cut into windows and batches.', {
  windowTraces: setting(wholeNumber(1, 100_000).default(5000), {
    description: 'A window closes after about this many listed traces.',
    unit: 'traces',
    env: 'TRACELIFT_WINDOW_TRACES',
    example: 5000,
  }),
  windowFetches: setting(wholeNumber(1, 100_000).optional(), {
    description:
      'A window also closes after about this many traces to fetch, which is the size of a commit; a page of listing is ' +
      'the least. Default: 2000 into DuckDB, where small commits need little memory and run beside the fetching; 5000 ' +
      'into Databricks, where a commit of any size takes seconds.',
    unit: 'traces',
    env: 'TRACELIFT_WINDOW_FETCHES',
    example: 1000,
  }),
  windowBytes: setting(wholeNumber(MIB).default(64 * MIB), {
    description: 'A window also closes after about this much of listed trace infos.',
    unit: 'bytes',
    env: 'TRACELIFT_WINDOW_BYTES',
    example: 64 * MIB,
  }),
  batchTraces: setting(wholeNumber(1, 1000).default(250), {
    description: 'Traces that one activity fetches and processes at the most.',
    unit: 'traces',
    env: 'TRACELIFT_BATCH_TRACES',
    example: 250,
  }),
  batchBytes: setting(wholeNumber(64 * 1024).default(8 * MIB), {
    description: 'Trace infos that one activity takes at the most; one larger trace makes a batch of its own.',
    unit: 'bytes',
    env: 'TRACELIFT_BATCH_BYTES',
    example: 8 * MIB,
  }),
  pageSize: setting(wholeNumber(1, 500).default(500), {
    description: 'Traces per search request; MLflow allows 500.',
    unit: 'traces',
    env: 'TRACELIFT_PAGE_SIZE',
    example: 500,
  }),
  lagMs: setting(wholeNumber(0).default(300_000), {
    description: "Traces younger than this (by the source's clock) are left for the next run.",
    unit: 'milliseconds',
    env: 'TRACELIFT_LAG_MS',
    example: 300_000,
  }),
  settleMs: setting(wholeNumber(0).default(3_600_000), {
    description: 'Traces whose spans are not complete are revisited for this long after their end.',
    unit: 'milliseconds',
    env: 'TRACELIFT_SETTLE_MS',
    example: 3_600_000,
  }),
  concurrency: setting(wholeNumber(1, 64).default(8), {
    description: 'Batches of one run that are in work at the same time; the update setConcurrency changes it.',
    unit: 'batches',
    env: 'TRACELIFT_CONCURRENCY',
    example: 8,
  }),
  maxFailedRatio: setting(z.number().min(0).max(1).default(0.05), {
    description: 'A run stops when more than this share of its traces went to the dead letters.',
    unit: 'share, 0 to 1',
    env: 'TRACELIFT_MAX_FAILED_RATIO',
    example: 0.05,
  }),
  minTracesForRatio: setting(wholeNumber(1).default(100), {
    description: 'The share above is not judged before this many traces were processed.',
    unit: 'traces',
    env: 'TRACELIFT_MIN_TRACES_FOR_RATIO',
    example: 100,
  }),
  maxWindowsPerRun: setting(wholeNumber(1, 10_000).default(10), {
    description: 'Windows after which a run continues as new, which keeps its history in Temporal short.',
    unit: 'windows',
    env: 'TRACELIFT_MAX_WINDOWS_PER_RUN',
    example: 10,
  }),
  lookbackMs: setting(wholeNumber(0).default(7_200_000), {
    description: 'How far a sync looks back from its scheduled time where its input does not say.',
    unit: 'milliseconds',
    env: 'TRACELIFT_LOOKBACK_MS',
    example: 7_200_000,
  }),
});

const monitor = group('The quality monitor over the gold table.', {
  enabled: setting(z.boolean().default(true), {
    description: 'Creates and refreshes the monitor at the end of runs.',
    env: 'TRACELIFT_MONITOR',
    example: true,
  }),
  granularities: setting(
    z
      .array(z.enum(['1 hour', '1 day']))
      .min(1)
      .default(['1 hour', '1 day']),
    {
      description: 'Lengths of the time windows that are profiled.',
      env: 'TRACELIFT_MONITOR_GRANULARITIES',
      example: ['1 hour', '1 day'],
    },
  ),
  slicingColumns: setting(z.array(sqlName).default([]), {
    description: 'Gold columns whose values are profiled separately, each on its own.',
    env: 'TRACELIFT_MONITOR_SLICES',
    example: ['trace_name', 'dim_environment'],
  }),
});

const temporal = group(
  'Temporal. The connection itself comes from TEMPORAL_* and its TOML file, as for the CLI of Temporal.',
  {
    taskQueue: setting(z.string().min(1).max(1000).default('tracelift'), {
      description: 'Task queue of the workers.',
      env: 'TRACELIFT_TASK_QUEUE',
      example: 'tracelift',
    }),
  },
);

const worker = group('The worker process.', {
  activityMemoryBytes: setting(wholeNumber(32 * MIB).default(256 * MIB), {
    description: 'Memory that activities may use together; it decides how many run at the same time.',
    unit: 'bytes',
    env: 'TRACELIFT_ACTIVITY_MEMORY_BYTES',
    example: 256 * MIB,
  }),
  shutdownGraceMs: setting(wholeNumber(0).default(30_000), {
    description: 'Time that running activities get to finish when the worker is asked to stop.',
    unit: 'milliseconds',
    env: 'TRACELIFT_SHUTDOWN_GRACE_MS',
    example: 30_000,
  }),
  prometheusAddress: setting(
    z
      .string()
      .regex(/^.+:\d{1,5}$/, 'use host:port, such as 127.0.0.1:9464')
      .optional(),
    {
      description: 'Address on which Prometheus can read metrics. Default: none.',
      env: 'TRACELIFT_PROMETHEUS_ADDRESS',
      example: '127.0.0.1:9464',
    },
  ),
  maxCachedWorkflows: setting(wholeNumber(0, 100_000).optional(), {
    description: 'Workflows kept in memory between tasks. Default: what the Temporal SDK chooses.',
    unit: 'workflows',
    env: 'TRACELIFT_MAX_CACHED_WORKFLOWS',
    example: 100,
  }),
});

const log = group('Logs, on stderr.', {
  level: setting(z.enum(['debug', 'info', 'warn', 'error']).default('info'), {
    description: 'Least severe level that is written.',
    env: 'TRACELIFT_LOG_LEVEL',
    example: 'info',
  }),
  format: setting(z.enum(['auto', 'json', 'pretty']).default('auto'), {
    description: 'JSON lines, or lines for people; auto: for people on a terminal.',
    env: 'TRACELIFT_LOG_FORMAT',
    example: 'json',
  }),
});

const parts = group('Programs that tracelift starts itself where no server is configured.', {
  cacheDir: setting(z.string().min(1).optional(), {
    description: 'Folder for downloaded programs. Default: `tracelift` in the user’s cache folder.',
    env: 'TRACELIFT_CACHE',
    example: '/var/cache/tracelift',
  }),
  temporalCliPath: setting(z.string().min(1).optional(), {
    description: 'The `temporal` program. Default: found on the PATH, else downloaded.',
    env: 'TEMPORAL_CLI_PATH',
    example: '/usr/local/bin/temporal',
  }),
});

/** The whole configuration, as written in a file. Unknown keys are refused. */
export const configSchema = z.strictObject({
  dataDir: setting(z.string().min(1).default('./tracelift-data'), {
    description: 'Folder of the local target, its staged files and the local Temporal server.',
    env: 'TRACELIFT_DATA',
    example: './tracelift-data',
  }),
  defaultSource: setting(connectionName.optional(), {
    description: 'Source of commands that name none. Default: `default`, else the only one there is.',
    env: 'TRACELIFT_SOURCE',
    example: 'default',
  }),
  defaultTarget: setting(connectionName.default('local'), {
    description: 'Target of commands that name none.',
    env: 'TRACELIFT_TARGET',
    example: 'local',
  }),
  sources,
  targets,
  processing,
  windows,
  monitor,
  temporal,
  worker,
  log,
  parts,
  webhookUrl: setting(httpAddress.optional(), {
    description: 'Address that gets a JSON message when a run finished, failed, or is incomplete or suspicious.',
    env: 'TRACELIFT_WEBHOOK_URL',
    secret: true,
    example: 'https://hooks.example.com/tracelift',
  }),
});
