/**
 * A process that owns a server group, for the tests that end it in every way.
 * `tsx server-owner.ts <port> <log file> <how>`: prints the group once the server is ready, then ends by `how`.
 */
import { fileURLToPath } from 'node:url';
import { startServer } from '../../src/local/process-group.js';

const [, , port = '', logFile = '', how = ''] = process.argv;
const script = fileURLToPath(new URL('./stand-in-server.mjs', import.meta.url));
const server = await startServer(
  {
    name: 'stand-in',
    command: process.execPath,
    args: [script, port, how === 'wait-stubborn' ? 'stubborn' : ''],
    logFile,
    graceMs: 1_000,
  },
  { check: async () => (await fetch(`http://127.0.0.1:${port}/`)).ok, timeoutMs: 60_000 },
);
process.stdout.write(`${server.pid}\n`);
if (how === 'throw') throw new Error('the owner failed');
if (how === 'exit') process.exit(4);
if (how === 'leave') server.leaveRunning();
if (how.startsWith('wait')) setInterval(() => undefined, 60_000);
