/**
 * The one schema of the configuration. Environment, file, error texts and docs/configuration.md follow from it.
 * Must not read the environment or any file.
 */
import { z } from 'zod';
import { connectionName, group, httpAddress, setting, sqlName, wholeNumber } from './fields.js';
import { settingsIn } from './sections.js';
import { sources } from './sources.js';
import { targets } from './targets.js';
import { granularities } from '../monitor/windows.js';

const MIB = 1024 * 1024;

/** Names of the encodings that the tokenizer has rank tables for. */
export const encodings = ['cl100k_base', 'o200k_base', 'p50k_base', 'p50k_edit', 'r50k_base', 'gpt2'] as const;

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
  metrics: setting(
    z
      .record(
        z.string().min(1).max(200),
        z
          .string()
          .regex(
            /^(tag:.+|metadata:.+|span:[^:]+:(inputs|outputs|attributes)(\..+)?)$/s,
            'use tag:<key>, metadata:<key> or span:<type>:outputs.<path>, such as span:EVALUATOR:outputs.score',
          ),
      )
      .default({}),
    {
      description:
        'Further metrics, from where an evaluation wrote results that are no assessments: a tag, metadata, or the inputs, outputs or attributes of spans of a type. Nested values are unpacked.',
      env: 'TRACELIFT_METRICS',
      example: { faithfulness: 'tag:eval.faithfulness', grade: 'span:EVALUATOR:outputs.score' },
    },
  ),
  userIdHashKey: setting(z.string().min(16, 'use at least 16 characters').optional(), {
    description:
      'Key of the keyed hash (HMAC-SHA-256) that replaces the ids of users and of reviewers in gold. Without it they are stored as they are.',
    env: 'TRACELIFT_USER_HASH_KEY',
    secret: true,
    example: '${USER_HASH_KEY}',
  }),
  pricesFile: setting(z.string().min(1).optional(), {
    description:
      'File with prices of your own, which win over the built-in ones: contracts, discounts, deployments (docs/cost.md). Default: none.',
    env: 'TRACELIFT_PRICES',
    example: './prices.yaml',
  }),
  copyAttachments: setting(z.boolean().default(false), {
    description:
      'Copies the files that traces refer to (pictures, sound, documents): into `<dataDir>/attachments`, or the folder `attachments` of the volume. SECURITY.md says what that means.',
    env: 'TRACELIFT_COPY_ATTACHMENTS',
    example: true,
  }),
  maxAttachmentBytes: setting(z.int().min(1).max(1_073_741_824).default(20_971_520), {
    description: 'Largest file that is copied.',
    unit: 'bytes',
    env: 'TRACELIFT_MAX_ATTACHMENT_BYTES',
    example: 20_971_520,
  }),
  ...settingsIn('processing'),
});

const windows = group(
  'How a run is cut into windows and batches. The input of a workflow sets each for one run, under the same name.',
  settingsIn('windows'),
);

const monitor = group('The quality monitor over the gold table.', {
  enabled: setting(z.boolean().default(true), {
    description: 'Creates and refreshes the monitor at the end of runs.',
    env: 'TRACELIFT_MONITOR',
    example: true,
  }),
  granularities: setting(
    z
      .array(z.enum(granularities))
      .min(1)
      .default([...granularities]),
    {
      description: 'Lengths of the time windows that are profiled.',
      env: 'TRACELIFT_MONITOR_GRANULARITIES',
      example: [...granularities],
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
    payloadCodec: setting(z.string().min(1).optional(), {
      description:
        'JavaScript module whose default export is a PayloadCodec of Temporal, or a list of them, such as one that encrypts. Workers and commands need the same one. Default: none.',
      env: 'TRACELIFT_PAYLOAD_CODEC',
      example: '/etc/tracelift/codec.mjs',
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

const programs = group('Programs that tracelift starts itself where no server is configured.', {
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
  programs,
  webhookUrl: setting(httpAddress.optional(), {
    description: 'Address that gets a JSON message when a run finished, failed, or is incomplete or suspicious.',
    env: 'TRACELIFT_WEBHOOK_URL',
    secret: true,
    example: 'https://hooks.example.com/tracelift',
  }),
});
