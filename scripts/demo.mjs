/**
 * Sets everything up and runs `tracelift demo` in this process, so that exit codes and Ctrl-C are its own.
 * `node scripts/demo.mjs [arguments of tracelift demo]`
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { setUp } from './setup.mjs';
import { giveUp, root, stopHandingOnSignals } from './steps.mjs';

await setUp();
await build();
const main = join(root, 'dist', 'cli', 'main.js');
if (!existsSync(main)) giveUp(`${main} was not built.`);
stopHandingOnSignals();
process.argv = [process.execPath, main, 'demo', ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
