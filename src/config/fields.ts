/**
 * Building blocks of the configuration schema: every setting says what it means, in which unit, from which
 * environment variable it comes and what a valid value looks like. Must not read the environment or any file.
 */
import { z } from 'zod';
import { connectionNamePattern } from '../copy/run.js';

/** What a setting carries beside its type; the generated documentation and the error texts are made of it. */
export interface SettingMeta {
  /** Meaning, one or two sentences. */
  readonly description: string;
  /** Unit of a number, in words. */
  readonly unit?: string;
  /** Environment variable that sets it; in a named source or target: of the one named `default`, `local` or `databricks`. */
  readonly env?: string;
  /** True for values that no output may show. */
  readonly secret?: boolean;
  /** A valid value, shown in error messages. */
  readonly example: string | number | boolean | readonly string[] | Readonly<Record<string, string>>;
}

/** Attaches the meaning of a setting to its type. */
export function setting<T extends z.ZodType>(schema: T, meta: SettingMeta): T {
  return schema.meta({ ...meta });
}

/** A group of settings that may be left out as a whole; its defaults then hold. Unknown keys are refused. */
export function group<T extends z.ZodRawShape>(
  description: string,
  shape: T,
): z.ZodPrefault<z.ZodObject<T, z.core.$strict>> {
  // The input of a group whose settings all have defaults is `{}`; TypeScript cannot derive that from a generic shape.
  return z
    .strictObject(shape)
    .prefault({} as never)
    .meta({ description });
}

/** Name of a source or target, as inputs of workflows carry it. */
export const connectionName = z.string().regex(connectionNamePattern, 'use 1 to 64 letters, digits, "_" and "-"');

/** Name of a server inside table keys. */
export const serverName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'use 1 to 63 characters out of a-z, 0-9, ".", "_" and "-"');

/** An http(s) address. */
export const httpAddress = z.string().refine(isHttpAddress, 'use an address that starts with http:// or https://');

function isHttpAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** A whole number from `min` upwards. */
export const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER): z.ZodInt => z.int().min(min).max(max);

/** SQL names that both DuckDB and Delta take without surprises. */
export const sqlName = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,127}$/, 'use lower-case letters, digits and "_", at most 128, not starting with a digit');

/** Catalog and schema names in Unity Catalog: anything but dots, slashes, blanks and control characters. */
export const catalogName = z
  .string()
  // eslint-disable-next-line no-control-regex -- the rule of Unity Catalog names speaks of control characters
  .regex(/^[^./ \u0000-\u001f\u007f]{1,255}$/, 'use a name without dots, slashes and blanks');
