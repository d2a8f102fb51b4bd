/** Starts a fake workspace with an empty folder for its Volumes; `sql` answers its SQL path, by default nothing does. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkspaceOptions } from '../../../src/targets/databricks/connection.js';
import { silentLog } from '../../../src/log.js';
import { FakeWorkspace } from './workspace.js';

export interface StartedWorkspace {
  readonly workspace: FakeWorkspace;
  readonly volumesFolder: string;
  /** How the adapter reaches it; by a personal token unless `oauth`. */
  options(credentials?: 'token' | 'oauth'): WorkspaceOptions;
  stop(): Promise<void>;
}

export async function startFakeWorkspace(
  sql?: (body: Buffer) => Promise<{ status: number; body: Buffer }>,
): Promise<StartedWorkspace> {
  const volumesFolder = await mkdtemp(join(tmpdir(), 'tracelift-volumes-'));
  const workspace = new FakeWorkspace({ volumesFolder, ...(sql && { sql }) });
  await workspace.start();
  return {
    workspace,
    volumesFolder,
    options: (credentials = 'token') => workspaceOptions(workspace, credentials),
    stop: async () => {
      await workspace.stop();
      await rm(volumesFolder, { recursive: true, force: true });
    },
  };
}

/** How the adapter reaches a fake workspace. */
export function workspaceOptions(workspace: FakeWorkspace, credentials: 'token' | 'oauth' = 'token'): WorkspaceOptions {
  const { personalToken, clientId, clientSecret } = workspace.tokens;
  return {
    host: workspace.url,
    caPem: workspace.caPem,
    credentials:
      credentials === 'token' ? { kind: 'token', token: personalToken } : { kind: 'oauth', clientId, clientSecret },
    log: silentLog,
  };
}
