/**
 * Inputs of the workflows: one JSON object each, checked before anything else happens. Unknown keys are refused, so
 * that a typing error does not silently copy the wrong thing. Runs inside the workflow sandbox.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import * as z from 'zod/mini';

import { forEachSetting, runSettingNamed, runSettings, syncSettings } from '../copy/run-settings.js';
import type { NumberSetting, RunSettingName, RunSettings } from '../copy/run-settings.js';
import { errorMessage } from '../errors/index.js';
import { connectionNamePattern } from '../copy/run.js';

const wholeNumber = (minimum: number, maximum: number) => z.int().check(z.minimum(minimum), z.maximum(maximum));

/** An ISO 8601 date or time with zone, or epoch milliseconds. Carried as epoch milliseconds. */
const instant = z.pipe(
  z.union([z.iso.datetime({ offset: true }), z.iso.date(), wholeNumber(-8.64e15, 8.64e15)]),
  z.transform((value: string | number) => (typeof value === 'number' ? value : Date.parse(value))),
);

const experiment = z.pipe(
  z.union([z.string().check(z.minLength(1), z.maxLength(500)), wholeNumber(0, Number.MAX_SAFE_INTEGER)]),
  z.transform(String),
);

/** What the caller is configured for, see AskedPlace of src/copy/run.ts. */
const sourceId = z.string().check(z.minLength(1), z.maxLength(500));
const targetId = z.string().check(z.regex(/^[0-9a-f]{16}$/));

const connectionName = z.string().check(z.regex(connectionNamePattern));

type NumberField = z.ZodMiniOptional<z.ZodMiniNumber>;
type SwitchField = z.ZodMiniOptional<z.ZodMiniBoolean>;

const numberField = ({ type, min, max }: NumberSetting): NumberField =>
  z.optional((type === 'integer' ? z.int() : z.number()).check(z.minimum(min), z.maximum(max)));

const runFields = forEachSetting<{
  readonly [Name in RunSettingName]: RunSettings[Name] extends boolean ? SwitchField : NumberField;
}>((name) => {
  const setting = runSettings[name];
  return setting.type === 'boolean' ? z.optional(z.boolean()) : numberField(setting);
});

/** What every copying workflow accepts; what is left out comes from the worker's configuration. */
const copyFields = {
  source: z.optional(connectionName),
  target: z.optional(connectionName),
  sourceId: z.optional(sourceId),
  targetId: z.optional(targetId),
  ...runFields,
  monitor: z.optional(z.boolean()),
};

const range = { from: z.optional(instant), to: z.optional(instant) };

const backfillSchema = z.strictObject({ experiment, ...range, ...copyFields });

const experimentsSchema = z.strictObject({
  experiments: z.union([z.literal('all'), z.array(experiment).check(z.minLength(1), z.maxLength(1000))]),
  parallel: z.optional(wholeNumber(1, 16)),
  ...range,
  ...copyFields,
});

const syncSchema = z.strictObject({
  experiment,
  lookbackMs: numberField(syncSettings.lookbackMs),
  ...copyFields,
});

const monitorSchema = z.strictObject({
  target: z.optional(connectionName),
  targetId: z.optional(targetId),
  refresh: z.optional(z.boolean()),
  timeoutMs: z.optional(wholeNumber(1000, 86_400_000)),
});

const rebuildSchema = z.strictObject({
  target: z.optional(connectionName),
  targetId: z.optional(targetId),
  batchTraces: runFields.batchTraces,
  concurrency: runFields.concurrency,
  monitor: z.optional(z.boolean()),
});

export type BackfillInput = z.infer<typeof backfillSchema>;
export type ExperimentsInput = z.infer<typeof experimentsSchema>;
export type SyncInput = z.infer<typeof syncSchema>;
export type MonitorInput = z.infer<typeof monitorSchema>;
export type RebuildInput = z.infer<typeof rebuildSchema>;
export type CopySettingsInput = Omit<BackfillInput, 'experiment' | 'from' | 'to'>;

/** One valid input of each workflow, shown by its errors. */
const inputExamples = {
  backfillTraces: '{"experiment":"1","from":"2025-01-01T00:00:00Z","to":"2025-02-01T00:00:00Z"}',
  backfillExperiments: '{"experiments":["1","support-bot"],"parallel":2}',
  syncTraces: '{"experiment":"1","lookbackMs":7200000}',
  ensureMonitor: '{"target":"local","refresh":true}',
  rebuildGold: '{"target":"local"}',
} as const;

/** Former versions wrote these into the inputs of their children. A run that is under way must still be understood. */
const formerFields = new Set(['heartbeatTimeoutMs']);

function withoutFormerFields(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !formerFields.has(name)));
}

function parse<Output>(workflow: keyof typeof inputExamples, schema: z.ZodMiniType<Output>, raw: unknown): Output {
  const parsed = schema.safeParse(withoutFormerFields(raw));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(describeIssue).join('; ');
  throw invalidInput(workflow, problems);
}

/** A failure that ends the run at once, with the field and a valid example in its text. */
export function invalidInput(workflow: keyof typeof inputExamples, problems: string): ApplicationFailure {
  const message = errorMessage('InvalidInput', { workflow, problems, example: inputExamples[workflow] });
  return ApplicationFailure.nonRetryable(message, 'InvalidInput');
}

/** Names the field and what is wrong with it; of a setting of runs also a valid value. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const setting = runSettingNamed(issue.path.map(String).join('.'));
  const example = setting === undefined ? '' : `, for example ${String(setting.example)}`;
  return `${describeProblem(issue)}${example}`;
}

function describeProblem(issue: z.core.$ZodIssue): string {
  const field = issue.path.map(String).join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return `unknown field ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    case 'invalid_type':
      return field === '' ? `a JSON object is expected` : `${field}: ${issue.expected} is expected`;
    case 'invalid_union':
      return `${field}: ${unionHint(field)}`;
    case 'too_small':
      return `${field}: at least ${String(issue.minimum)}`;
    case 'too_big':
      return `${field}: at most ${String(issue.maximum)}`;
    default:
      return `${field}: not valid`;
  }
}

function unionHint(field: string): string {
  if (field === 'from' || field === 'to') return 'an ISO 8601 time such as 2025-01-01T00:00:00Z is expected';
  if (field === 'experiments') return 'a list of experiment ids or names, or "all", is expected';
  return 'an experiment id or name is expected';
}

function checkRange(workflow: 'backfillTraces' | 'backfillExperiments', input: { from?: number; to?: number }): void {
  if (input.from !== undefined && input.to !== undefined && input.from >= input.to) {
    throw invalidInput(workflow, 'from: must be before to');
  }
}

export function parseBackfillInput(raw: unknown): BackfillInput {
  const input = parse('backfillTraces', backfillSchema, raw);
  checkRange('backfillTraces', definedRange(input));
  return input;
}

export function parseExperimentsInput(raw: unknown): ExperimentsInput {
  const input = parse('backfillExperiments', experimentsSchema, raw);
  checkRange('backfillExperiments', definedRange(input));
  return input;
}

function definedRange(input: { from?: number | undefined; to?: number | undefined }): { from?: number; to?: number } {
  return {
    ...(input.from === undefined ? {} : { from: input.from }),
    ...(input.to === undefined ? {} : { to: input.to }),
  };
}

export function parseSyncInput(raw: unknown): SyncInput {
  return parse('syncTraces', syncSchema, raw);
}

export function parseMonitorInput(raw: unknown): MonitorInput {
  return parse('ensureMonitor', monitorSchema, raw);
}

export function parseRebuildInput(raw: unknown): RebuildInput {
  return parse('rebuildGold', rebuildSchema, raw);
}
