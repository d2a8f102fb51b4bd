import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/index.js';
import { silentLog } from '../../src/log.js';
import { createRuntime } from '../../src/wiring/index.js';
import type { Runtime } from '../../src/wiring/index.js';
import { askElsewhere, FileHolder } from '../targets/duckdb/other-process.js';

describe('reading the tables for a while', () => {
  let dataDir: string;
  let runtime: Runtime;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tracelift-read-'));
    const env = { MLFLOW_TRACKING_URI: 'http://127.0.0.1:1', TRACELIFT_DATA: dataDir };
    const config = loadConfig({ env, cwd: dataDir });
    runtime = createRuntime(config, { log: silentLog });
    const writer = createRuntime(config, { log: silentLog });
    const { warehouse, monitor, monitorSpec } = await writer.target(null);
    await warehouse.prepare();
    await monitor.ensure(monitorSpec!);
    await warehouse.publish();
    await writer.close();
  });

  afterEach(async () => {
    await runtime.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('reading the tables for a while takes the tables themselves where nobody holds them, and gives them back', async () => {
    const readable = await runtime.readTarget(null);
    const path = readable.warehouse.location;
    expect(readable.copiedAtMs).toBeNull();
    expect(await askElsewhere(path, 'SELECT 1', 'READ_WRITE')).toMatch(/Conflicting lock/);
    await readable.close();
    expect(await askElsewhere(path, 'SELECT 1', 'READ_WRITE')).toBe('1');
  });

  it('reading the tables for a while takes the read copy while another process holds the tables, and leaves it to other readers', async () => {
    const holder = await FileHolder.start(join(dataDir, 'tracelift.duckdb'));
    try {
      const readable = await runtime.readTarget(null);
      expect(readable.copiedAtMs).toBeGreaterThan(0);
      expect(readable.warehouse.location).toMatch(/tracelift\.read\.duckdb$/);
      expect((await readable.warehouse.summary()).traces).toBe(0);
      expect((await readable.monitor.show()).state).toBe('active');
      const others = 'SELECT count(*)::INT FROM genai_processed_traces_gold';
      expect(await askElsewhere(readable.warehouse.location, others, 'READ_ONLY')).toBe('0');
      await readable.close();
    } finally {
      await holder.end();
    }
  });

  it('reading the tables for a while names the process where there is no copy', async () => {
    await rm(join(dataDir, 'tracelift.read.duckdb'));
    const holder = await FileHolder.start(join(dataDir, 'tracelift.duckdb'));
    try {
      await expect(runtime.readTarget(null)).rejects.toMatchObject({
        code: 'WarehouseHeldByProcess',
        message: expect.stringContaining(String(holder.pid)) as string,
      });
    } finally {
      await holder.end();
    }
  });
});
