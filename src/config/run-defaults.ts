/** What a run does where its input does not say otherwise. Pure. */
import { resolveRunSettings } from '../copy/run-settings.js';
import type { RunSettings } from '../copy/run-settings.js';
import type { Config, TargetConfig } from './types.js';

/** The settings of runs into a target of this kind. */
export function runDefaults(
  { windows, processing }: Pick<Config, 'windows' | 'processing'>,
  kind: TargetConfig['kind'],
): RunSettings {
  return resolveRunSettings({ ...windows, ...processing }, kind);
}
