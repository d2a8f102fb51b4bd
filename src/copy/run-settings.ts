/**
 * The settings of a run, each told once. The configuration, the inputs of workflows, docs/configuration.md, the help of
 * commands and the errors are made of this table. Data and one rule; imports nothing, so that workflows can load it.
 */

/** Kinds of targets: what suits one may not suit the other. */
export type TargetKind = 'duckdb' | 'databricks';

/** A setting that is a number. */
export interface NumberSetting {
  readonly type: 'integer' | 'share';
  /** One sentence. */
  readonly meaning: string;
  readonly unit: string;
  /** Smallest and largest value. */
  readonly min: number;
  readonly max: number;
  /** By the kind of target where one number would not suit both. */
  readonly default: number | Readonly<Record<TargetKind, number>>;
  readonly example: number;
  /** Environment variable that sets it. */
  readonly env: `TRACELIFT_${string}`;
  /** Part of the configuration file that it stands in. */
  readonly section: 'windows' | 'processing';
}

/** A setting that is on or off. Only the input of a run switches it on: it is for one run, not for all. */
export interface SwitchSetting {
  readonly type: 'boolean';
  /** One sentence. */
  readonly meaning: string;
  readonly default: false;
  readonly example: true;
}

export type RunSetting = NumberSetting | SwitchSetting;

const MIB = 1024 * 1024;
/** Times of traces minus so much are still dates. */
const CENTURY_MS = 3_155_760_000_000;
/** Each page and batch is an event or three in the history of a run, and Temporal ends a run at 51,200 events. */
const MAX_WINDOW_TRACES = 100_000;

/** Every copying workflow takes each of these in its input under the same name. */
export const runSettings = {
  windowTraces: {
    type: 'integer',
    meaning: 'A window closes after about this many listed traces.',
    unit: 'traces',
    min: 1,
    max: MAX_WINDOW_TRACES,
    default: 5000,
    example: 5000,
    env: 'TRACELIFT_WINDOW_TRACES',
    section: 'windows',
  },
  // DuckDB commits beside the fetching of the next window, with memory for the texts of this one. On Delta a commit of
  // any size takes seconds (docs/benchmarks.md).
  windowFetches: {
    type: 'integer',
    meaning:
      'A window also closes after about this many traces to fetch, which is the size of a commit, but never before one page was listed.',
    unit: 'traces',
    min: 1,
    max: MAX_WINDOW_TRACES,
    default: { duckdb: 2000, databricks: 5000 },
    example: 1000,
    env: 'TRACELIFT_WINDOW_FETCHES',
    section: 'windows',
  },
  windowBytes: {
    type: 'integer',
    meaning: 'A window also closes after about this much of listed trace infos.',
    unit: 'bytes',
    min: MIB,
    max: Number.MAX_SAFE_INTEGER,
    default: 64 * MIB,
    example: 64 * MIB,
    env: 'TRACELIFT_WINDOW_BYTES',
    section: 'windows',
  },
  batchTraces: {
    type: 'integer',
    meaning: 'One activity fetches and processes at most this many traces.',
    unit: 'traces',
    min: 1,
    max: 1000,
    default: 250,
    example: 250,
    env: 'TRACELIFT_BATCH_TRACES',
    section: 'windows',
  },
  batchBytes: {
    type: 'integer',
    meaning:
      'The spans of the traces that one activity fetches are expected to have at most this size together; a trace with larger spans gets an activity of its own.',
    unit: 'bytes',
    min: 64 * 1024,
    max: Number.MAX_SAFE_INTEGER,
    default: 8 * MIB,
    example: 8 * MIB,
    env: 'TRACELIFT_BATCH_BYTES',
    section: 'windows',
  },
  pageSize: {
    type: 'integer',
    meaning: 'One search request asks for this many traces; MLflow allows 500.',
    unit: 'traces',
    min: 1,
    max: 500,
    default: 500,
    example: 500,
    env: 'TRACELIFT_PAGE_SIZE',
    section: 'windows',
  },
  lagMs: {
    type: 'integer',
    meaning: "Traces younger than this, by the source's clock, are left for the next run.",
    unit: 'milliseconds',
    min: 0,
    max: CENTURY_MS,
    default: 300_000,
    example: 300_000,
    env: 'TRACELIFT_LAG_MS',
    section: 'windows',
  },
  settleMs: {
    type: 'integer',
    meaning: 'Traces whose spans are not complete are read again for this long after their end.',
    unit: 'milliseconds',
    min: 0,
    max: CENTURY_MS,
    default: 3_600_000,
    example: 3_600_000,
    env: 'TRACELIFT_SETTLE_MS',
    section: 'windows',
  },
  // More than the maximum overwhelms a tracking server before it helps.
  concurrency: {
    type: 'integer',
    meaning:
      'How many batches of traces one run copies at the same time. The update setConcurrency changes it while the run goes on.',
    unit: 'batches',
    min: 1,
    max: 64,
    default: 8,
    example: 8,
    env: 'TRACELIFT_CONCURRENCY',
    section: 'windows',
  },
  maxFailedRatio: {
    type: 'share',
    meaning: 'A run stops when more than this share of its traces went to the dead letters.',
    unit: 'share of 1',
    min: 0,
    max: 1,
    default: 0.05,
    example: 0.05,
    env: 'TRACELIFT_MAX_FAILED_RATIO',
    section: 'windows',
  },
  minTracesForRatio: {
    type: 'integer',
    meaning: 'That share is not judged before this many traces were processed.',
    unit: 'traces',
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    default: 100,
    example: 100,
    env: 'TRACELIFT_MIN_TRACES_FOR_RATIO',
    section: 'windows',
  },
  maxWindowsPerRun: {
    type: 'integer',
    meaning: 'A run continues as new after this many windows, which keeps its history in Temporal short.',
    unit: 'windows',
    min: 1,
    max: 10_000,
    default: 10,
    example: 10,
    env: 'TRACELIFT_MAX_WINDOWS_PER_RUN',
    section: 'windows',
  },
  maxMetricColumns: {
    type: 'integer',
    meaning: 'Gold has at most this many metric columns; further metrics stay in the assessments table.',
    unit: 'columns',
    min: 1,
    max: 2000,
    default: 300,
    example: 300,
    env: 'TRACELIFT_MAX_METRIC_COLUMNS',
    section: 'processing',
  },
  retryDeadLetters: {
    type: 'boolean',
    meaning: 'Open dead letters are tried at once, without waiting for their time.',
    default: false,
    example: true,
  },
  rereadSpans: {
    type: 'boolean',
    meaning: 'The spans of every listed trace are read again, also where they are complete or settled.',
    default: false,
    example: true,
  },
  acceptDeletions: {
    type: 'boolean',
    meaning:
      'What the source no longer shows is taken for deleted, however much it is: traces that a look-up by id does not find, and assessments. For use after a deliberate deletion.',
    default: false,
    example: true,
  },
  reprocess: {
    type: 'boolean',
    meaning:
      'Listed traces whose rows other rules made (encoding, dimensions, metrics, hashing of user ids) are processed again from the raw table.',
    default: false,
    example: true,
  },
  acceptChangedSource: {
    type: 'boolean',
    meaning:
      'The experiment of the source belongs to the rows in the tables, although it was made at another time than theirs: a server that was restored, for example.',
    default: false,
    example: true,
  },
} as const satisfies Readonly<Record<string, RunSetting>>;

/** What `syncTraces` takes besides. */
export const syncSettings = {
  lookbackMs: {
    type: 'integer',
    meaning: 'A sync looks for changes this far back from the time it was scheduled for.',
    unit: 'milliseconds',
    min: 0,
    max: CENTURY_MS,
    default: 7_200_000,
    example: 7_200_000,
    env: 'TRACELIFT_LOOKBACK_MS',
    section: 'windows',
  },
} as const satisfies Readonly<Record<string, NumberSetting>>;

type Table = typeof runSettings;
export type RunSettingName = keyof Table;

/** Resolved once, in the first execution of a run, and carried: changed defaults never alter a run under way. */
export type RunSettings = {
  readonly [Name in RunSettingName]: Table[Name]['type'] extends 'boolean' ? boolean : number;
};

/** Some of them; what is left out is decided elsewhere. */
export type SomeRunSettings = { readonly [Name in RunSettingName]?: RunSettings[Name] | undefined };

/** The settings that the input of a run asks for, over those of its target. */
export function withAsked(defaults: RunSettings, asked: SomeRunSettings): RunSettings {
  return forEachSetting((name) => asked[name] ?? defaults[name]);
}

/** Every setting of a run into a target of this kind: what is configured, else the default that suits the target. */
export function resolveRunSettings(configured: SomeRunSettings, kind: TargetKind): RunSettings {
  return forEachSetting((name) => configured[name] ?? defaultFor(runSettings[name], kind));
}

/** An object with one member for each setting. */
export function forEachSetting<Result extends Readonly<Record<RunSettingName, unknown>>>(
  memberOf: (name: RunSettingName) => Result[RunSettingName],
): Result {
  const names = Object.keys(runSettings) as RunSettingName[];
  return Object.fromEntries(names.map((name) => [name, memberOf(name)])) as Result;
}

function defaultFor({ default: value }: RunSetting, kind: TargetKind): number | boolean {
  return typeof value === 'object' ? value[kind] : value;
}

/** The setting of a name that may be of something else. */
export function runSettingNamed(name: string): RunSetting | undefined {
  const settings: Readonly<Record<string, RunSetting>> = { ...runSettings, ...syncSettings };
  return Object.hasOwn(settings, name) ? settings[name] : undefined;
}
