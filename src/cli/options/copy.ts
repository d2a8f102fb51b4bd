/** Options that backfill and sync share. Pure. */
import type { Command } from 'commander';
import { experimentOption, targetOption, withJson, type PlaceFlags } from './flags.js';
import { countSettingOf, settingHelp } from './run-settings.js';

export interface CopyFlags extends PlaceFlags {
  /** Experiment id or exact name. */
  readonly experiment: string;
  readonly concurrency?: number;
  /** False: the quality monitor is left alone. */
  readonly monitor: boolean;
  /** Start and come back at once. */
  readonly detach?: true;
  /** A local server that this command started runs on afterwards. */
  readonly keepServer?: true;
  /** Columns that existing tables on Databricks lack are added before the run. */
  readonly adopt?: true;
  /** The server was restored or moved: it is the one whose rows the tables hold. */
  readonly acceptChangedSource?: true;
}

/** Adds them. */
export function withCopyOptions(command: Command, name: 'backfill' | 'sync'): Command {
  return withJson(
    command
      .requiredOption(...experimentOption)
      .option('--source <name>', 'MLflow server of the configuration (default: the one of MLFLOW_TRACKING_URI)')
      .option(...targetOption)
      .option(
        '--concurrency <n>',
        settingHelp('concurrency'),
        countSettingOf({ command: name, option: '--concurrency' }, 'concurrency'),
      )
      .option('--no-monitor', 'leave the quality monitor alone')
      .option('--adopt', 'on Databricks: add the columns that existing tables lack, instead of refusing the tables')
      .option(
        '--accept-changed-source',
        'the MLflow server was restored or moved: go on, although its experiment was made at another time',
      )
      .option('--watch', 'wait for the end and show progress (the default)')
      .option('--detach', 'start the run and return at once; needs TEMPORAL_ADDRESS and a worker')
      .option('--keep-server', 'keep the local Temporal server running that this command starts'),
  );
}
