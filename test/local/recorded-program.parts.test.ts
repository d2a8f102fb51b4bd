import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startMlflow } from '../../src/local/mlflow-server.js';
import type { Log } from '../../src/log.js';

it('where MLflow cannot be installed, recorded answers stand in, and the user is told why', async () => {
  const warnings: string[] = [];
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: (message, fields) => warnings.push(`${message} ${String(fields?.['tried'])}`),
    error: () => {},
  };
  const dataDir = mkdtempSync(join(tmpdir(), 'tracelift-recorded-'));
  const program = { kind: 'recorded', how: 'recorded answers', tried: 'no Python' } as const;
  const running = await startMlflow({ program, dataDir, log, env: {} });
  try {
    expect(running).toMatchObject({ recorded: true, started: true, pid: null });
    expect(warnings.join()).toMatch(/recorded answers.*no Python/);
    const answer = await fetch(new URL('/version', running.uri));
    expect(answer.status).toBe(200);
  } finally {
    await running.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
