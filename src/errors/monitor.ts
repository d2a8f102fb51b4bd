/** The quality monitor. Part of the catalogue in index.ts. Pure. */
import { entry } from './entry.js';
import type { ErrorEntry } from './entry.js';

export const monitorErrors = {
  MonitorPending: entry(
    'terminal',
    'The quality monitor is still being created after {minutes} minutes.',
    'The traces are copied and verified; only the monitor is not ready.',
    'Run `tracelift monitor ensure` later: it continues from here.',
  ),
  MonitorFailed: entry(
    'terminal',
    'The quality monitor failed: {reason}.',
    'The traces are copied and verified; only the monitor is missing.',
    'Fix the cause that the monitor names, then run `tracelift monitor ensure`.',
  ),
  MonitorAbsent: entry(
    'config',
    'There is no quality monitor over {table} yet.',
    'Nothing was computed.',
    'Run `tracelift monitor ensure` first; every backfill does this by itself.',
  ),
  MonitorTableMissing: entry(
    'config',
    'The table {table}, which the quality monitor watches, does not exist.',
    'No monitor was created.',
    'Run a backfill first, or check the name of the gold table in the configuration.',
  ),
  MonitorSpecInvalid: entry(
    'input',
    'The settings of the quality monitor are not valid: {problem}.',
    'The monitor was not changed.',
    'Correct the settings. A valid example: {example}.',
  ),
} as const satisfies Record<string, ErrorEntry>;
