/** Hides secrets in what people and logs see of the configuration. Pure. */
import { allSettings } from './settings.js';
import type { Config } from './types.js';

const MASK = '***';

/** Paths of the settings that hold secrets; `*` stands for the name of a source or target. */
export const secretPaths: readonly (readonly string[])[] = [
  ...allSettings()
    .filter((setting) => setting.secret)
    .map((setting) => setting.path),
  ...['TEMPORAL_API_KEY', 'TEMPORAL_TLS_CLIENT_KEY_DATA', 'TEMPORAL_TLS_CLIENT_CERT_DATA'].map((name) => [
    'temporal',
    'environment',
    name,
  ]),
];

function isSecret(path: readonly string[]): boolean {
  const isMeta = path[0] === 'temporal' && path[2]?.startsWith('TEMPORAL_GRPC_META') === true;
  return (
    isMeta ||
    secretPaths.some(
      (secret) => secret.length === path.length && secret.every((step, index) => step === '*' || step === path[index]),
    )
  );
}

function maskUrl(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '' && url.search === '') return text;
  if (url.username !== '' || url.password !== '') url.username = MASK;
  url.password = '';
  // Webhooks and gateways take tokens there.
  if (url.search !== '') url.search = MASK;
  return url.toString();
}

function maskValue(value: unknown, path: readonly string[]): unknown {
  if (value !== undefined && value !== null && isSecret(path)) return MASK;
  if (typeof value === 'string') return maskUrl(value);
  if (Array.isArray(value)) return value.map((item, index) => maskValue(item, [...path, String(index)]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskValue(member, [...path, key])]));
}

/** The configuration as `tracelift config` shows it: secrets as `***`, no credentials and no query in addresses. */
export function maskedConfig(config: Config): Config {
  return maskValue(config, []) as Config;
}

/** Every secret value in force, for the last net of the logger. Short ones would hide ordinary words and are left out. */
export function secretValues(config: Config): readonly string[] {
  const found: string[] = [];
  const visit = (value: unknown, path: readonly string[]): void => {
    if (typeof value === 'string' && value.length >= 6 && isSecret(path)) found.push(value);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) visit(member, [...path, key]);
  };
  visit(config, []);
  return found;
}
