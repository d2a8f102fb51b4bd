/** The settings of runs as sections of the configuration schema. Must not read the environment or any file. */
import { z } from 'zod';
import { runSettings, syncSettings } from '../copy/run-settings.js';
import type { NumberSetting, RunSetting } from '../copy/run-settings.js';
import { setting } from './fields.js';

const table = { ...runSettings, ...syncSettings };

type Table = typeof table;
type Section = NumberSetting['section'];
type NumberSchema<S> = S extends { readonly default: number } ? z.ZodDefault<z.ZodNumber> : z.ZodOptional<z.ZodNumber>;
type NamesIn<S extends Section> = {
  [Name in keyof Table]: Table[Name] extends { readonly section: S } ? Name : never;
}[keyof Table];
type SectionShape<S extends Section> = { [Name in NamesIn<S>]: NumberSchema<Table[Name]> };

/** Every setting of runs that stands in a section. */
export function settingsIn<S extends Section>(section: S): SectionShape<S> {
  const own = Object.entries<RunSetting>(table).flatMap(([name, one]) =>
    one.type !== 'boolean' && one.section === section ? [[name, numberSchema(one)] as const] : [],
  );
  return Object.fromEntries(own) as SectionShape<S>;
}

/** Where the kind of target decides the default, nothing is filled in before that is known. */
function numberSchema({ type, meaning, unit, min, max, default: value, example, env }: NumberSetting): z.ZodType {
  const number = (type === 'integer' ? z.int() : z.number()).min(min).max(max);
  if (typeof value === 'number') return setting(number.default(value), { description: meaning, unit, env, example });
  const byKind = Object.entries(value).map(([kind, one]) => `${one} (${kind})`);
  const description = `${meaning} Default by the kind of target: ${byKind.join(', ')}.`;
  return setting(number.optional(), { description, unit, env, example });
}
