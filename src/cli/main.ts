#!/usr/bin/env node
/** Entry point of `tracelift`: the only place of the command line that touches the process. */
import './process-memory.js';
import { realLoaders } from './real-loaders.js';
import { runCli } from './run-cli.js';

// Everything that is written holds texts of users: for this user alone, as its folder is.
process.umask(0o077);

// `tracelift … | head -1` closes the pipe before all is written. What nobody reads is dropped; the command ends as it
// would, with its own exit code, so that a run is not cut off by the reader of its output.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
  });
}

const code = await runCli(
  process.argv.slice(2),
  {
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    nowMs: () => Date.now(),
    onInterrupt(listener) {
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
    exitNow: (exitCode) => process.exit(exitCode),
  },
  realLoaders,
);
// Native parts may keep the process alive; everything of ours is closed by now, and output may still be on its way.
process.exitCode = code;
setTimeout(() => process.exit(code), 2_000).unref();
