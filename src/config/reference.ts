/** Writes docs/configuration.md out of the schema. Pure. */
import { environmentPath } from './environment.js';
import { runSettings } from '../copy/run-settings.js';
import type { RunSetting, SwitchSetting } from '../copy/run-settings.js';
import { settingGroups, type Setting, type SettingGroup } from './settings.js';

const introduction = `# Configuration

Generated from the settings (\`src/config\`, \`src/copy/run-settings.ts\`) by \`npm run docs\`; do not edit.

tracelift needs no configuration file. It reads, in this order of precedence:

1. **Environment variables** (the column “environment” below).
2. **A file**: the one that \`TRACELIFT_CONFIG\` names, else \`tracelift.yaml\`, \`tracelift.yml\` or \`tracelift.json\` in the
   working directory. \`\${NAME}\` inside a text stands for the environment variable of that name, so that secrets need
   not be in the file. Relative paths start from the folder of the file.
3. **Defaults.**

Unknown keys are refused. \`tracelift config\` prints what is in force, secrets masked; \`tracelift doctor\` tries it.
Lists in the environment are separated by commas, maps are written \`name=value,name=value\`.

The connection to Temporal is configured as for Temporal's own tools: \`TEMPORAL_ADDRESS\`, \`TEMPORAL_NAMESPACE\`,
\`TEMPORAL_API_KEY\`, \`TEMPORAL_TLS…\`, or a profile in its TOML file (\`TEMPORAL_PROFILE\`, \`TEMPORAL_CONFIG_FILE\`).
Without \`TEMPORAL_ADDRESS\` the commands that run workflows start a local Temporal server by themselves.

A file with two MLflow servers, MLflow on Databricks and a Databricks target:

\`\`\`yaml
sources:
  default: { address: "http://127.0.0.1:5000" }
  prod:
    address: https://mlflow.example.com
    sourceId: mlflow-prod
    token: \${MLFLOW_PROD_TOKEN}
  workspace: { kind: databricks, profile: prod }   # or address: "databricks://prod"
targets:
  lake:
    kind: databricks
    host: https://dbc-a1b2345c-d6e7.cloud.databricks.com
    token: \${DATABRICKS_TOKEN}
    warehouseId: 1234567890abcdef
    catalog: main
    schema: genai
processing:
  dimensions: { environment: "tag:environment" }
\`\`\`
`;

/** The whole document. */
export function configurationMarkdown(): string {
  return [introduction, ...withoutRepeats(settingGroups()).map(groupMarkdown), switchesMarkdown()].join('\n');
}

function switchesMarkdown(): string {
  const switches = Object.entries<RunSetting>(runSettings).filter(
    (entry): entry is [string, SwitchSetting] => entry[1].type === 'boolean',
  );
  return [
    '## Only in the input of a run',
    '',
    'What the inputs of `backfillTraces`, `backfillExperiments` and `syncTraces` may switch on for one run, besides the settings of `windows` and `processing.maxMetricColumns`.',
    '',
    '| key | meaning | default | example |',
    '|---|---|---|---|',
    ...switches.map(([name, one]) => `| \`${name}\` | ${one.meaning} | ${code(one.default)} | ${code(one.example)} |`),
    '',
  ].join('\n');
}

/** Both kinds of targets have the same table names: they are told once. */
function withoutRepeats(groups: readonly SettingGroup[]): readonly SettingGroup[] {
  const isTableNames = (group: SettingGroup): boolean => group.path.at(-1) === 'tableNames';
  return groups.filter((group, index) => !isTableNames(group) || groups.findIndex(isTableNames) === index);
}

function groupMarkdown(group: SettingGroup): string {
  const name = group.path.map((step) => (step === '*' ? '<name>' : step)).join('.');
  const title = name === '' ? 'Top level' : `\`${name}\``;
  const isNamed = group.path.includes('*') && group.path.at(-1) === '*';
  const description = isNamed
    ? `${group.description}: settings of one entry. ${environmentNote(group)}`
    : group.description;
  return [
    `## ${title}${isNamed ? ` (${group.description})` : ''}`,
    '',
    ...(description === '' ? [] : [description, '']),
    '| key | meaning | default | environment | example |',
    '|---|---|---|---|---|',
    ...group.settings.map((setting) => settingRow(setting)),
    '',
  ].join('\n');
}

/** Which entry the environment variables of a named group fill. */
function environmentNote(group: SettingGroup): string {
  const first = group.settings.find((setting) => setting.env !== undefined);
  if (first === undefined) return 'The environment sets none of them.';
  return `The environment variables fill the entry \`${environmentPath(first)[group.path.indexOf('*')] ?? ''}\`.`;
}

function settingRow(setting: Setting): string {
  const cells = [
    `\`${setting.path.at(-1) ?? ''}\``,
    meaning(setting),
    setting.required ? '(must be set)' : code(setting.defaultValue),
    setting.env === undefined ? '' : `\`${setting.env}\``,
    code(setting.example),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function meaning(setting: Setting): string {
  const parts = [setting.description];
  if (setting.unit !== undefined) parts.push(`Unit: ${setting.unit}.`);
  if (setting.minimum !== undefined) parts.push(`${rangeText(setting)}.`);
  if (setting.choices !== undefined)
    parts.push(`One of ${setting.choices.map((choice) => `\`${choice}\``).join(', ')}.`);
  if (setting.secret) parts.push('Secret.');
  return parts.join(' ');
}

function rangeText({ minimum, maximum }: Setting): string {
  return maximum === undefined ? `At least ${minimum ?? ''}` : `From ${minimum ?? ''} to ${maximum}`;
}

function code(value: unknown): string {
  if (value === undefined) return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
