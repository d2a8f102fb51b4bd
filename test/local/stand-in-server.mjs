/**
 * A server with descendants, as `mlflow server` has them: it answers on its port and starts a child that starts a
 * grandchild. `node stand-in-server.mjs <port> [stubborn|silent|broken]`; `stubborn` ignores SIGTERM at every level.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const [, script, port, mode = ''] = process.argv;
const depth = Number(process.env.DEPTH ?? '0');
if (mode === 'broken') {
  process.stderr.write('first line\nthe port is cursed\n');
  process.exit(3);
}
if (mode === 'stubborn') process.on('SIGTERM', () => undefined);
if (depth < 2) {
  spawn(process.execPath, [script, port, mode], { env: { ...process.env, DEPTH: String(depth + 1) }, stdio: 'ignore' });
}
if (depth === 0 && mode !== 'silent') {
  createServer((_, response) => response.end(`pid ${process.pid}`)).listen(Number(port), '127.0.0.1');
}
setInterval(() => undefined, 60_000);
