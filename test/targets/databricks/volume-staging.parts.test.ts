import { readFile, readdir, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDatabricksRest } from '../../../src/targets/databricks/rest-client.js';
import { createTokenSource } from '../../../src/targets/databricks/token-source.js';
import { createVolumeStaging } from '../../../src/targets/databricks/volume-staging.js';
import { openVolume } from '../../../src/targets/databricks/volume.js';
import { createParquetWriter } from '../../../src/targets/local-staging/parquet-writer.js';
import { silentLog } from '../../../src/log.js';
import type { Staging } from '../../../src/targets/staging.js';
import { landedTrace } from '../../contract/staged-traces.js';
import { apiError } from '../../fakes/databricks/http.js';
import { startFakeWorkspace, type StartedWorkspace } from '../../fakes/databricks/start.js';

const run = 'sync-1/run-1';

describe('staging in a Volume', () => {
  let started: StartedWorkspace;
  let staging: Staging;

  beforeEach(async () => {
    started = await startFakeWorkspace();
    const options = started.options();
    const rest = createDatabricksRest(options, createTokenSource(options));
    const volume = openVolume(rest, { catalog: 'main', schema: 'genai', volume: 'staging' });
    staging = createVolumeStaging({ volume, files: createParquetWriter(), log: silentLog });
  });
  afterEach(async () => {
    await staging.close();
    await started.stop();
  });

  it('staging in a Volume creates the Volume at the first write and uses it from then on', async () => {
    await staging.writeJson(`${run}/w1/a.json`, { n: 1 });
    await staging.writeJson(`${run}/w1/b.json.gz`, { n: 12345678901234567890n, text: 'ä' });
    expect(await staging.readJson(`${run}/w1/b.json.gz`)).toEqual({ n: 12345678901234567890n, text: 'ä' });
    expect(started.workspace.requests.filter((line) => line === 'POST /api/2.1/unity-catalog/volumes')).toHaveLength(1);
  });

  it('staging in a Volume survives another worker creating the Volume at the same moment', async () => {
    started.workspace.catalog.addVolume('main.genai.staging');
    started.workspace.fail({ on: /^PUT .*a\.json/, answer: apiError(404, 'NOT_FOUND', "Volume 'x' does not exist.") });
    started.workspace.fail({ on: /^GET .*volumes/, answer: apiError(404, 'VOLUME_DOES_NOT_EXIST', 'no') });
    await staging.writeJson(`${run}/w1/a.json`, 1);
    expect(await staging.readJson(`${run}/w1/a.json`)).toBe(1);
  });

  it('staging in a Volume uploads a Parquet file under a path that SQL can read', async () => {
    const key = `${run}/w1/b0-1.parquet`;
    const file = await staging.writeTraces(key, [landedTrace(), landedTrace({ traceId: 'tr-2', spans: 3 })]);
    expect(file).toMatchObject({ key, numTraces: 2, numSpans: 5 });
    expect(staging.location(key)).toBe(`/Volumes/main/genai/staging/tracelift/${key}`);
    const bytes = await readFile(join(started.volumesFolder, 'main/genai/staging/tracelift', key));
    expect(bytes.length).toBe(file.bytes);
    expect(bytes.subarray(0, 4).toString()).toBe('PAR1');
  });

  it('staging in a Volume repeats an upload whose answer was lost', async () => {
    started.workspace.catalog.addVolume('main.genai.staging');
    started.workspace.fail({ on: /^PUT /, answer: 'cut', isAfterEffect: true });
    started.workspace.fail({ on: /^PUT /, answer: apiError(503, 'TEMPORARILY_UNAVAILABLE', 'later') });
    await staging.writeJson(`${run}/w1/a.json`, [1]);
    expect(await staging.readJson(`${run}/w1/a.json`)).toEqual([1]);
  });

  it('staging in a Volume says what is lost when a file is gone or cut off', async () => {
    await staging.writeJson(`${run}/w1/a.json.gz`, { a: 'x'.repeat(1000) });
    expect(await staging.exists(`${run}/w1/a.json.gz`)).toBe(true);
    expect(await staging.exists(`${run}/w1/b.json`)).toBe(false);
    await expect(staging.readJson(`${run}/w1/b.json`)).rejects.toMatchObject({ code: 'StagingLost' });
    const path = join(started.volumesFolder, 'main/genai/staging/tracelift', run, 'w1/a.json.gz');
    await writeFile(path, (await readFile(path)).subarray(0, 20));
    await expect(staging.readJson(`${run}/w1/a.json.gz`)).rejects.toMatchObject({ code: 'StagingLost' });
  });

  it('staging in a Volume says that the Volume takes no more', async () => {
    started.workspace.fail({ on: /^PUT /, answer: apiError(400, 'RESOURCE_EXHAUSTED', 'Storage quota exceeded.') });
    await expect(staging.writeJson(`${run}/w1/a.json`, 1)).rejects.toMatchObject({
      code: 'StagingUnwritable',
      parameters: { reason: 'Storage quota exceeded. (RESOURCE_EXHAUSTED)' },
    });
  });

  it('staging in a Volume names the right that is missing', async () => {
    const message = "User does not have WRITE VOLUME on Volume 'main.genai.staging'.";
    started.workspace.fail({ on: /^PUT /, answer: apiError(403, 'PERMISSION_DENIED', message) });
    await expect(staging.writeJson(`${run}/w1/a.json`, 1)).rejects.toMatchObject({
      code: 'WarehouseGrantMissing',
      message: expect.stringContaining('WRITE VOLUME') as string,
    });
  });

  it('staging in a Volume lists runs over several pages and removes one without touching others or foreign files', async () => {
    for (let index = 0; index < 5; index += 1) await staging.writeJson(`${run}/w1/f${index}.json`, index);
    await staging.writeJson(`${run}/w2/a.json`, 1);
    await staging.writeJson('sync-1/run-2/w1/a.json', 1);
    const foreign = join(started.volumesFolder, 'main/genai/staging/other');
    await mkdir(foreign);
    await writeFile(join(foreign, 'keep.txt'), 'x');
    const runs = await staging.listRuns();
    expect(runs.map(({ run: name }) => name).sort()).toEqual([run, 'sync-1/run-2']);
    for (const { newestFileMs } of runs) expect(Math.abs(newestFileMs - Date.now())).toBeLessThan(60_000);
    await staging.remove(run);
    await staging.remove(run);
    expect((await staging.listRuns()).map(({ run: name }) => name)).toEqual(['sync-1/run-2']);
    expect(await readdir(foreign)).toEqual(['keep.txt']);
  });

  it('staging in a Volume lists no runs before anything was staged', async () => {
    expect(await staging.listRuns()).toEqual([]);
  });
});
