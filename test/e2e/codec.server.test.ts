import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { realLoaders } from '../../src/cli/real-loaders.js';
import { runCli } from '../../src/cli/run-cli.js';
import { startRecordedMlflow, type RunningStandIn } from '../../src/local/recorded-mlflow/recorded-mlflow.js';
import { describeWith, temporalAddress } from '../servers/require.js';
import '../workflows/workflow-bench.js';

/** AES-256-GCM over whole payloads. */
const codec = `
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
const key = Buffer.from('${'ab'.repeat(32)}', 'hex');
const encoding = Buffer.from('binary/encrypted');
export default {
  async encode(payloads) {
    return payloads.map(({ metadata, data }) => {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const plain = JSON.stringify({
        metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
        data: Buffer.from(data ?? []).toString('base64'),
      });
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return { metadata: { encoding }, data: Buffer.concat([iv, cipher.getAuthTag(), text]) };
    });
  },
  async decode(payloads) {
    return payloads.map(({ metadata, data }) => {
      if (Buffer.compare(Buffer.from(metadata?.encoding ?? []), encoding) !== 0) throw new Error('this payload is not encrypted');
      const bytes = Buffer.from(data);
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      const plain = JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString());
      return {
        metadata: Object.fromEntries(Object.entries(plain.metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')])),
        data: Buffer.from(plain.data, 'base64'),
      };
    });
  },
};
`;

describeWith(['temporal'], 'a codec that encrypts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracelift-codec-'));
  const taskQueue = `codec-${randomUUID()}`;
  let mlflow: RunningStandIn;
  let connection: Connection;
  /** Without the key. */
  let stranger: Client;

  beforeAll(async () => {
    writeFileSync(join(folder, 'codec.mjs'), codec);
    mlflow = await startRecordedMlflow();
    connection = await Connection.connect({ address: temporalAddress() });
    stranger = new Client({ connection });
  });

  afterAll(async () => {
    await connection.close();
    await mlflow.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function tracelift(args: readonly string[], more: Record<string, string> = {}) {
    const written = { stdout: '', stderr: '' };
    const env = {
      TEMPORAL_ADDRESS: temporalAddress(),
      MLFLOW_TRACKING_URI: mlflow.address,
      TRACELIFT_TASK_QUEUE: taskQueue,
      TRACELIFT_LAG_MS: '0',
      TRACELIFT_PAYLOAD_CODEC: './codec.mjs',
      ...more,
    };
    const io = {
      ...{ env, cwd: folder, nowMs: () => Date.now(), onInterrupt: () => () => undefined, exitNow: () => undefined },
      stdout: { write: (text: string) => (written.stdout += text) },
      stderr: { write: (text: string) => (written.stderr += text) },
    };
    const code = await runCli(args, io, { ...realLoaders, prepareTemporal: () => Promise.resolve() });
    return { code, ...written };
  }

  it('a codec that encrypts is used by workers and commands: a copy is complete, and Temporal holds no readable payload of it', async () => {
    const { code, stdout, stderr } = await tracelift(['backfill', '-e', '1', '--json']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const { workflowId, result } = JSON.parse(stdout) as {
      readonly workflowId: string;
      readonly result: { readonly experimentName: string; readonly totals: { readonly landed: number } };
    };
    expect(result.totals.landed).toBeGreaterThan(0);
    const history = JSON.parse(historyToJSON(await stranger.workflow.getHandle(workflowId).fetchHistory())) as unknown;
    const encodings = new Set<string>();
    JSON.stringify(history, (name, value: unknown) => {
      if (name === 'encoding' && typeof value === 'string') encodings.add(Buffer.from(value, 'base64').toString());
      return value;
    });
    expect([...encodings]).toEqual(['binary/encrypted']);
    const { memo } = await stranger.workflow
      .getHandle(workflowId)
      .describe()
      .catch(() => ({ memo: 'unreadable' }));
    expect(JSON.stringify(memo)).not.toContain(folder);
    // The next command reads its schedules and runs through the codec too.
    const created = await tracelift(['schedule', 'create', '-e', '1', '--every', '1d', '--json']);
    const again = await tracelift(['schedule', 'create', '-e', '1', '--every', '1d', '--json']);
    const outcomes = [created, again].map(
      ({ stdout: text }) => (JSON.parse(text) as { schedules: { outcome: string }[] }).schedules[0]?.outcome,
    );
    expect(outcomes).toEqual(['created', 'unchanged']);
    expect((await tracelift(['schedule', 'delete', '-e', '1'])).code).toBe(0);
  });

  it('a codec that cannot be loaded is named before anything is started', async () => {
    writeFileSync(join(folder, 'none.mjs'), 'export default { encode: 1 };\n');
    for (const path of ['./none.mjs', './missing.mjs']) {
      const { code, stderr } = await tracelift(['backfill', '-e', '1'], { TRACELIFT_PAYLOAD_CODEC: path });
      expect(code).toBe(2);
      expect(stderr).toMatch(/ConfigInvalid: .*temporal\.payloadCodec \(TRACELIFT_PAYLOAD_CODEC\)/s);
      expect(stderr).toContain(join(folder, path));
    }
  });
});
