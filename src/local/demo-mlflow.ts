/** The MLflow of the demo: one that runs, one that an earlier demo left running, or one started now. */
import { join } from 'node:path';
import { findMlflow, mlflowAnswers, startMlflow } from './mlflow-server.js';
import { cacheDirectory } from './program-search.js';
import { readServerNote, removeServerNote, writeServerNote } from './server-note.js';
import type { CliSession } from '../cli/session.js';
import { partEnvironment, partLog, type Notify } from '../cli/temporal/server.js';

export interface DemoMlflow {
  readonly uri: string;
  readonly version: string | null;
  /** True when this command, or an earlier demo, started it. */
  readonly started: boolean;
  /** True for the recorded stand-in. */
  readonly recorded: boolean;
  leaveRunning(): void;
}

/** @throws ServerNotStarted, PartNotFound */
export async function startDemoMlflow(session: CliSession, folder: string, notify: Notify): Promise<DemoMlflow> {
  const note = readServerNote(folder, 'mlflow');
  if (note !== null && (await mlflowAnswers(note.address))) {
    notify(`MLflow: ${note.address}, left running by an earlier demo`);
    return { uri: note.address, version: null, started: true, recorded: false, leaveRunning: () => undefined };
  }
  const env = partEnvironment(session);
  const log = partLog(session, notify);
  const part = await findMlflow({ env, cacheDir: cacheDirectory(env), log });
  if (part.kind === 'environment') notify(`MLflow: starting ${part.version}`);
  const running = await startMlflow({ part, dataDir: join(folder, 'mlflow'), log, env });
  let isLeft = false;
  session.onClose(async () => {
    if (isLeft) return;
    removeServerNote(folder, 'mlflow');
    await running.stop();
  });
  if (running.pid !== null) {
    writeServerNote(folder, 'mlflow', { pid: running.pid, address: running.uri, namespace: null, uiUrl: running.uri });
  }
  notify(`MLflow: ${running.uri} (${part.how})`);
  return {
    ...{ uri: running.uri, version: running.version, started: running.started, recorded: running.recorded },
    leaveRunning: () => {
      // The recorded server lives in this process and ends with it.
      if (running.recorded) return;
      isLeft = true;
      running.leaveRunning();
    },
  };
}
