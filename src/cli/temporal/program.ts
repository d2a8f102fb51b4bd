/** What the search for local programs works with. */
import type { Environment } from '../../local/program-search.js';
import type { Log } from '../../log.js';
import type { Notify } from '../terminal/progress.js';
import type { CliSession } from '../session.js';

/** Environment for the search of local programs, with the configured folders in it. */
export function programEnvironment(session: CliSession): Environment {
  const { cacheDir, temporalCliPath } = session.config.programs;
  return {
    ...session.io.env,
    ...(cacheDir === undefined ? {} : { TRACELIFT_CACHE: cacheDir }),
    ...(temporalCliPath === undefined ? {} : { TEMPORAL_CLI_PATH: temporalCliPath }),
  };
}

/** What the search for a program says on the way goes to the user: it may download or build for a while. */
export function programLog(session: CliSession, notify: Notify): Log {
  return { ...session.log, info: (message) => notify(message) };
}
