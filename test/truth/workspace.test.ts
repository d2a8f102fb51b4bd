import { afterEach, describe, expect, it } from 'vitest';

import type { TraceSource } from '../../src/sources/trace-source.js';
import type { Reply, ScriptedServer } from '../http/scripted-server.js';
import { connectTo, refusal, startScriptedMlflow } from '../sources/mlflow/scripted-mlflow.js';

let server: ScriptedServer;
let source: TraceSource;

async function serve(reply: Reply): Promise<void> {
  server = await startScriptedMlflow(['tr-a'], { override: ({ path }) => (path === '/version' ? undefined : reply) });
  source = connectTo(server.address, { workspace: 'tema-a' });
}

afterEach(async () => {
  await source.close();
  await server.close();
});

describe('a workspace that the server does not have', () => {
  it.each([
    ['unknown', refusal(404, 'RESOURCE_DOES_NOT_EXIST', "Workspace 'tema-a' not found")],
    ['no name of one', refusal(400, 'INVALID_PARAMETER_VALUE', "Workspace name 'tema-a' must match the pattern")],
  ])(
    'a workspace that the server does not have is told as %s, by its name, and blamed on nothing else',
    async (_, reply) => {
      await serve(reply);
      for (const call of [source.describe(), source.getExperiment('1'), source.getExperiment('chat')]) {
        const failure: unknown = await call.then(
          () => null,
          (error: unknown) => error,
        );
        expect(failure).toMatchObject({ code: 'SourceWorkspaceUnknown', parameters: { workspace: 'tema-a' } });
        expect((failure as Error).message).not.toMatch(/version/i);
      }
    },
  );
});
