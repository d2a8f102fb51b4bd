/**
 * Bundles dist/workflows for a worker that starts fast and needs no compiler. `node scripts/bundle-workflows.mjs <file>`
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { giveUp, root } from './steps.mjs';

const [, , target] = process.argv;
if (target === undefined) giveUp('usage: node scripts/bundle-workflows.mjs <file>');

const { code } = await bundleWorkflowCode({
  workflowsPath: join(root, 'dist', 'workflows', 'index.js'),
  logger: new DefaultLogger('WARN'),
});
// Renamed only when whole: a worker that starts meanwhile loads the old one.
writeFileSync(`${target}.new`, code);
renameSync(`${target}.new`, target);
