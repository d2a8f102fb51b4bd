/**
 * What the names of this configuration stand for. `default` and `local` mean another server and another file to every
 * installation: ids that Temporal sees, and what commands send along, must tell them apart. Opens and asks nothing.
 */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Config, SourceConfig, TargetConfig } from '../config/index.js';
import { formerTargetLock, shortName, targetIdOf } from '../copy/fingerprint.js';
import type { AskedPlace } from '../copy/run.js';
import { TraceliftError } from '../errors/index.js';
import { sourceIdOf } from '../sources/mlflow/source-options.js';
import { workspaceAddress } from '../targets/databricks/connection.js';

/** One source and one target, as a command is configured for them. */
export interface Installation {
  readonly taskQueue: string;
  /** Null for a command that reads no source. */
  readonly source: { readonly name: string; readonly sourceId: string } | null;
  readonly target: { readonly name: string; readonly location: string; readonly targetId: string };
  /** What goes along with the input of a workflow. */
  readonly asked: AskedPlace;
  /** Source and target as part of an id: names for people, with what tells equal names apart. */
  readonly idPart: string;
  /** The same part as earlier versions wrote it: names alone. */
  readonly formerIdPart: string;
  /** Commit lock of the tables as earlier versions named it: tells whose run one of theirs is. */
  readonly formerLock: string;
}

/** @throws SourceNotConfigured, TargetNotConfigured */
export async function installationOf(
  config: Config,
  names: { readonly source: string | null; readonly target: string },
): Promise<Installation> {
  const { taskQueue } = config.temporal;
  const target = await targetOf(config, names.target);
  const source = names.source === null ? null : sourceOf(config, names.source);
  const targetPart = `${target.name}-${shortName([target.location, taskQueue])}`;
  return {
    ...{ taskQueue, source, target },
    asked: { sourceId: source?.sourceId, targetId: target.targetId },
    idPart: source === null ? targetPart : `${targetPart}/${source.name}-${shortName([source.sourceId])}`,
    formerIdPart: source === null ? target.name : `${target.name}/${source.name}`,
    formerLock: formerTargetLock(target.name, target.location),
  };
}

function sourceOf(config: Config, name: string): NonNullable<Installation['source']> {
  const found: SourceConfig | undefined = Object.hasOwn(config.sources, name) ? config.sources[name] : undefined;
  if (found === undefined) throw new TraceliftError('SourceNotConfigured', { source: name });
  return { name, sourceId: found.sourceId ?? sourceIdOf(found.address) };
}

async function targetOf(config: Config, name: string): Promise<Installation['target']> {
  const found = Object.hasOwn(config.targets, name) ? config.targets[name] : undefined;
  if (found === undefined) throw new TraceliftError('TargetNotConfigured', { target: name });
  const location = await locationOf(found);
  return { name, location, targetId: targetIdOf(location) };
}

/** Equal to `location` of the opened warehouse. */
async function locationOf(target: TargetConfig): Promise<string> {
  if (target.kind === 'duckdb') return realPath(resolve(target.path));
  const host = target.host === undefined ? '' : workspaceAddress(target.host).host;
  return `${host}/${target.catalog}.${target.schema}`;
}

/** Without links, also where the file or its folders are still to be made. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // Not there, or not to be seen: what is above it decides.
    const folder = dirname(path);
    return folder === path ? path : join(await realPath(folder), basename(path));
  }
}
