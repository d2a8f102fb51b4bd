/** The rooms of docs/architecture.md: which files each holds and whom it may import. Types count like all others. */
export interface Room {
  /** Which files below src belong to it. */
  readonly files: RegExp;
  /** Rooms that it may import from, beside itself. */
  readonly uses: readonly string[];
  /** Packages and builtins that it may import; `node:*` stands for every builtin. */
  readonly packages?: readonly string[];
}

const node = ['node:*'];
/** What a trace, a table, an error is: everything else stands on these. */
const facts = ['errors', 'json', 'tables', 'trace'];
/** What one step of a copy leaves to another, as rules and messages without any act. */
const pureCopyFiles = [
  'batches',
  'beyond-end-rules',
  'coverage',
  'cursor',
  'diff',
  'ids-digest',
  'messages',
  'receipt',
  'rules',
  'run',
  'run-settings',
  'staging-layout',
].join('|');
const steps = [
  'prepare',
  'list',
  'process',
  'commit',
  'verify',
  'record',
  'close',
  'monitor',
  'rebuild',
  'reconcile',
].join('|');

/** Inner rooms first. A file belongs to the first room that it fits. */
export const rooms: Readonly<Record<string, Room>> = {
  errors: { files: /^errors\//, uses: [] },
  json: { files: /^json\//, uses: [] },
  log: { files: /^log\.ts$/, uses: [] },
  version: { files: /^version\.ts$/, uses: [], packages: node },
  'call options': { files: /^call-options\.ts$/, uses: [] },
  tables: { files: /^tables\//, uses: ['errors'] },
  prices: { files: /^prices\//, uses: [], packages: ['@pydantic/genai-prices', 'node:crypto'] },
  trace: { files: /^trace\//, uses: ['json', 'prices', 'tables'], packages: ['node:crypto'] },
  // Distributions, tests and estimators: numbers in, numbers out.
  statistics: { files: /^statistics\//, uses: [] },
  // What people ask about the tables, and what follows from the numbers.
  answers: { files: /^answers\//, uses: ['statistics', 'tables'] },
  monitor: { files: /^monitor\//, uses: ['call options', 'log', 'statistics', 'tables'], packages: ['node:crypto'] },
  // Workflows load these; their sandbox has no builtins.
  'copy rules': {
    files: new RegExp(`^copy/((${steps})/)?(${pureCopyFiles})\\.ts$`),
    uses: ['errors', 'tables'],
  },
  tokenizer: { files: /^tokenizer\//, uses: ['call options'], packages: ['js-tiktoken', ...node] },
  sources: { files: /^sources\/[\w-]+\.ts$/, uses: ['call options', 'errors', 'trace'] },
  targets: { files: /^targets\/[\w-]+\.ts$/, uses: ['errors', 'json', 'tables', 'answers', 'copy rules'] },
  http: { files: /^http\//, uses: ['errors', 'log', 'copy rules'], packages: ['axios', 'p-limit', ...node] },
  'sources/mlflow': {
    files: /^sources\/mlflow\//,
    uses: ['call options', 'errors', 'json', 'trace', 'http', 'log', 'sources'],
    packages: ['p-limit', 'p-throttle'],
  },
  // SQL text that both warehouses share; it sends nothing itself.
  'targets/sql': {
    files: /^targets\/sql\//,
    uses: ['answers', 'copy rules', 'monitor', 'statistics', 'tables', 'targets'],
  },
  // Parquet is written by DuckDB.
  'targets/local-staging': {
    files: /^targets\/local-staging\//,
    uses: [...facts, 'copy rules', 'log', 'targets'],
    packages: ['@duckdb/node-api', 'p-limit', ...node],
  },
  'targets/receipts': { files: /^targets\/receipts\//, uses: ['errors', 'json', 'copy rules'], packages: node },
  'targets/duckdb': {
    files: /^targets\/duckdb\//,
    uses: [
      'call options',
      'errors',
      'json',
      'tables',
      'copy rules',
      'log',
      'monitor',
      'statistics',
      'targets',
      'targets/sql',
    ],
    packages: ['@duckdb/node-api', ...node],
  },
  'targets/databricks': {
    files: /^targets\/databricks\//,
    uses: [...facts, 'call options', 'copy rules', 'http', 'log', 'monitor', 'statistics', 'targets', 'targets/sql'],
    packages: ['@databricks/sql', 'p-limit', ...node],
  },
  'copy steps': {
    files: new RegExp(`^copy/((${steps})/)?[\\w-]+\\.ts$`),
    uses: [...facts, 'call options', 'copy rules', 'log', 'monitor', 'sources', 'targets', 'tokenizer'],
    packages: ['node:crypto'],
  },
  activities: {
    files: /^activities\//,
    uses: ['copy rules', 'copy steps', 'errors', 'log'],
    packages: ['@temporalio/activity', '@temporalio/client', '@temporalio/worker'],
  },
  // Names and shapes of inputs, queries, signals and updates: what every caller of a workflow shares with it.
  'workflow contract': {
    files: /^workflows\/contract\.ts$/,
    uses: ['copy rules', 'monitor'],
  },
  workflows: {
    files: /^workflows\//,
    uses: ['activities', 'copy rules', 'errors', 'monitor', 'tables', 'workflow contract'],
    packages: ['@temporalio/workflow', '@temporalio/common', 'zod'],
  },
  config: {
    files: /^config\//,
    uses: ['copy rules', 'errors', 'monitor', 'prices', 'tables'],
    packages: ['zod', 'yaml', ...node],
  },
  telemetry: {
    files: /^telemetry\//,
    uses: ['config', 'log'],
    packages: ['pino', 'pino-pretty', '@temporalio/worker'],
  },
  wiring: {
    files: /^wiring\//,
    uses: [
      'errors',
      'trace',
      'config',
      'copy rules',
      'copy steps',
      'http',
      'log',
      'monitor',
      'prices',
      'sources',
      'sources/mlflow',
      'targets',
      'targets/databricks',
      'targets/duckdb',
      'targets/local-staging',
      'targets/receipts',
      'tokenizer',
      'version',
    ],
    packages: ['@temporalio/common', ...node],
  },
  worker: {
    files: /^worker\.ts$/,
    uses: ['activities', 'config', 'errors', 'wiring'],
    packages: ['@temporalio/worker', '@temporalio/envconfig', ...node],
  },
  local: {
    files: /^local\//,
    uses: ['errors', 'log'],
    packages: ['@temporalio/client', '@temporalio/testing', 'zod', ...node],
  },
  // What a terminal is and shows; loads nothing. Commands and their options are in the room below.
  'cli/terminal': {
    files: /^cli\/terminal\//,
    uses: ['config', 'copy rules', 'workflow contract'],
    packages: ['cli-progress', 'cli-table3', 'picocolors'],
  },
  cli: {
    files: /^cli\//,
    uses: [
      'errors',
      'tables',
      'answers',
      'cli/terminal',
      'config',
      'copy rules',
      'copy steps',
      'local',
      'log',
      'monitor',
      'prices',
      'sources',
      'targets',
      'telemetry',
      'version',
      'wiring',
      'worker',
      'workflow contract',
      'workflows',
    ],
    packages: ['@temporalio/client', '@temporalio/common', '@temporalio/envconfig', 'commander', 'yaml', ...node],
  },
};
