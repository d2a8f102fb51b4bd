/** Every command, in the order of the help text. */
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';
import * as backfill from './backfill.js';
import * as compare from './compare/options.js';
import * as config from './config.js';
import * as cost from './cost.js';
import * as deadLetters from './dead-letters/index.js';
import * as demo from './demo/options.js';
import * as doctor from './doctor/options.js';
import * as grants from './grants.js';
import * as monitor from './monitor/index.js';
import * as plan from './plan.js';
import * as prices from './prices/index.js';
import * as query from './query.js';
import * as rebuild from './rebuild.js';
import * as reconcile from './reconcile/options.js';
import * as schedule from './schedule/index.js';
import * as status from './status.js';
import * as sync from './sync.js';
import * as tables from './tables.js';
import * as worker from './worker.js';

/** A command, or a group of commands, that adds itself with its help. */
interface Addable {
  options(program: Command, context: CommandContext): void;
}

export const commands: readonly Addable[] = [
  ...[backfill, sync, rebuild, worker, demo, reconcile],
  ...[plan, status, doctor, tables, query, compare, deadLetters, config],
  ...[cost, prices, monitor, schedule, grants],
];
