/** The MLflow of the demo: one that an earlier demo left running, one that exists, or one started now. */
import { join } from 'node:path';
import type { Log } from '../log.js';
import { findMlflow, mlflowAnswers, startMlflow } from './mlflow-server.js';
import { cacheDirectory, type Environment } from './program-search.js';
import { readServerNote, removeServerNote, writeServerNote } from './server-note.js';

export interface DemoMlflow {
  readonly uri: string;
  readonly version: string | null;
  /** True when this command, or an earlier demo, started it. */
  readonly started: boolean;
  /** True for the recorded stand-in. */
  readonly recorded: boolean;
  leaveRunning(): void;
  /** Ends what this process started, unless it was left running. */
  stop(): Promise<void>;
}

/** @throws ServerNotStarted */
export async function startDemoMlflow(
  folder: string,
  { env, log, notify }: { readonly env: Environment; readonly log: Log; readonly notify: (message: string) => void },
): Promise<DemoMlflow> {
  const note = readServerNote(folder, 'mlflow');
  if (note !== null && (await mlflowAnswers(note.address))) {
    notify(`MLflow: ${note.address}, left running by an earlier demo`);
    const place = { uri: note.address, version: null, started: true, recorded: false };
    return { ...place, leaveRunning: () => undefined, stop: () => Promise.resolve() };
  }
  const program = await findMlflow({ env, cacheDir: cacheDirectory(env), log });
  if (program.kind === 'environment') notify(`MLflow: starting ${program.version}`);
  const running = await startMlflow({ program, dataDir: join(folder, 'mlflow'), log, env });
  if (running.pid !== null) {
    writeServerNote(folder, 'mlflow', { pid: running.pid, address: running.uri, namespace: null, uiUrl: running.uri });
  }
  notify(`MLflow: ${running.uri} (${program.how})`);
  let isLeft = false;
  return {
    ...{ uri: running.uri, version: running.version, started: running.started, recorded: running.recorded },
    leaveRunning() {
      // The recorded server lives in this process and ends with it.
      if (running.recorded) return;
      isLeft = true;
      running.leaveRunning();
    },
    async stop() {
      if (isLeft) return;
      removeServerNote(folder, 'mlflow');
      await running.stop();
    },
  };
}
