/**
 * The settings of the schema as a flat list, one entry per value that can be set. Must not read the environment or
 * any file.
 */
import { z } from 'zod';
import { configSchema } from './schema.js';

/** The JSON type of a setting, which decides how text from the environment is read. */
export type SettingType = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';

/** One value that can be set. */
export interface Setting {
  /** Path in the file; `*` stands for the name of a source or target. */
  readonly path: readonly string[];
  readonly type: SettingType;
  readonly description: string;
  readonly unit: string | undefined;
  readonly env: string | undefined;
  readonly secret: boolean;
  readonly example: unknown;
  readonly defaultValue: unknown;
  /** Allowed values, where they are a short list. */
  readonly choices: readonly string[] | undefined;
  /** Smallest and largest number. */
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly required: boolean;
}

/** A part of the schema that has its own heading in the documentation. */
export interface SettingGroup {
  readonly path: readonly string[];
  readonly description: string;
  readonly settings: readonly Setting[];
}

/** What JSON Schema makes of the configuration, as far as it is read here. */
interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly env?: string;
  readonly secret?: boolean;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly items?: SchemaNode;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | false;
  readonly oneOf?: readonly SchemaNode[];
  readonly const?: unknown;
}

const NUMBER_WITHOUT_LIMIT = Number.MAX_SAFE_INTEGER;

function toSetting(path: readonly string[], node: SchemaNode, required: boolean): Setting {
  return {
    path,
    type: (node.type ?? 'string') as SettingType,
    description: node.description ?? '',
    unit: node.unit,
    env: node.env,
    secret: node.secret ?? false,
    example: node.example,
    defaultValue: node.default,
    choices: node.enum ?? node.items?.enum,
    minimum: node.minimum,
    maximum: node.maximum === NUMBER_WITHOUT_LIMIT ? undefined : node.maximum,
    required,
  };
}

/** A node is a setting of its own when it carries an example; groups and named collections do not. */
function isSetting(node: SchemaNode): boolean {
  return node.example !== undefined;
}

function collectGroups(path: readonly string[], node: SchemaNode, into: SettingGroup[]): void {
  const members = Object.entries(node.properties ?? {});
  const required = new Set(node.required ?? []);
  const settings = members
    .filter(([, member]) => isSetting(member))
    .map(([name, member]) => toSetting([...path, name], member, required.has(name)));
  if (settings.length > 0) into.push({ path, description: node.description ?? '', settings });
  for (const [name, member] of members.filter(([, member]) => !isSetting(member))) {
    const named = member.additionalProperties;
    const kinds = named === undefined || named === false ? [] : (named.oneOf ?? []);
    for (const kind of kinds) collectGroups([...path, name, '*'], kind, into);
    if (kinds.length === 0) collectGroups([...path, name], member, into);
  }
}

/** Every group of settings in the order of the schema. */
export function settingGroups(): readonly SettingGroup[] {
  const groups: SettingGroup[] = [];
  collectGroups([], z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode, groups);
  return groups;
}

/** Every setting in the order of the schema. */
export function allSettings(): readonly Setting[] {
  return settingGroups().flatMap((group) => group.settings);
}

/** The setting at a path of the file, whatever the name of its source or target. */
export function settingAt(path: readonly PropertyKey[], kind?: string): Setting | undefined {
  const candidates = settingGroups().filter((group) => kind === undefined || belongsToKind(group, kind));
  return candidates
    .flatMap((group) => group.settings)
    .find((setting) => {
      const isPrefix = setting.path.every((step, index) => step === '*' || step === path[index]);
      return isPrefix && setting.path.length <= path.length;
    });
}

/** What may stand in the object at a path of the file: names of settings and of groups. */
export function namesBelow(path: readonly string[], kind?: string): readonly string[] {
  const paths = settingGroups()
    .filter((group) => kind === undefined || belongsToKind(group, kind))
    .flatMap((group) => group.settings.map((setting) => setting.path))
    .filter((known) => path.every((step, index) => known[index] === '*' || known[index] === step));
  return [...new Set(paths.flatMap((known) => known[path.length] ?? []))].filter((name) => name !== '*');
}

function belongsToKind(group: SettingGroup, kind: string): boolean {
  if (!group.path.includes('*')) return true;
  const kindSetting = group.settings.find((setting) => setting.path.at(-1) === 'kind');
  return kindSetting === undefined || kindSetting.example === kind;
}
