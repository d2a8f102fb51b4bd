/** Loads the codec that the configuration names: it turns what Temporal stores into something that only its key reads. */
import { pathToFileURL } from 'node:url';
import type { DataConverter, PayloadCodec } from '@temporalio/common';
import type { Config } from '../config/index.js';
import { TraceliftError } from '../errors/index.js';

/** For clients and workers alike; undefined where no codec is configured. @throws ConfigInvalid */
export async function loadDataConverter({ temporal }: Pick<Config, 'temporal'>): Promise<DataConverter | undefined> {
  const { payloadCodec: path } = temporal;
  if (path === undefined) return undefined;
  const exported = await importDefault(path);
  const codecs: unknown[] = Array.isArray(exported) ? exported : [exported];
  if (codecs.length > 0 && codecs.every(isCodec)) return { payloadCodecs: codecs };
  throw invalid(path, 'its default export is no codec: encode and decode are expected, or a list of such objects');
}

async function importDefault(path: string): Promise<unknown> {
  try {
    const loaded = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    return loaded.default;
  } catch (error) {
    throw invalid(path, `it cannot be loaded (${error instanceof Error ? error.message : 'unknown'})`, error);
  }
}

function isCodec(value: unknown): value is PayloadCodec {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'encode' in value && typeof value.encode === 'function' && 'decode' in value && typeof value.decode === 'function'
  );
}

function invalid(path: string, problem: string, cause?: unknown): TraceliftError {
  const problems = `setting temporal.payloadCodec (TRACELIFT_PAYLOAD_CODEC), ${path}: ${problem}`;
  return new TraceliftError('ConfigInvalid', { problems }, { cause });
}
