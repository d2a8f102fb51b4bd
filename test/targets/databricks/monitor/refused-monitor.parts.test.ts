/** What a refresh makes of tracelift's monitor when Databricks refuses the native one. Against a fake workspace. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QualityMonitor } from '../../../../src/monitor/quality-monitor.js';
import { apiError } from '../../../fakes/databricks/http.js';
import { bothApis, openMonitorBench, spec, table, type MonitorBench } from './monitor-bench.js';

describe.each(bothApis)('a native monitor that %s refuses', (_, hasDataQualityApi) => {
  let bench: MonitorBench;

  beforeEach(async () => {
    bench = await openMonitorBench(hasDataQualityApi);
  });
  afterEach(() => bench.started.stop());

  const monitor = (): QualityMonitor => bench.monitor();
  /** Statements that wrote profiles: one for each length of windows. */
  const profiled = (): number =>
    bench.statements.filter((text) => /^INSERT INTO \S*_history_profile_metrics/.test(text)).length;

  const forbidden = apiError(403, 'PERMISSION_DENIED', `User does not have MANAGE on Table '${table}'.`);
  const disabled = apiError(400, 'FEATURE_NOT_ENABLED', 'Lakehouse Monitoring is not enabled for this workspace.');
  const refuse = (method: string, answer = forbidden): void =>
    bench.started.workspace.fail({ on: new RegExp(`^${method} .*monitor`), times: 99, answer });

  it.each([
    ['looking at it is forbidden', forbidden, 'MonitorPermission'],
    ['the feature is off', disabled, 'MonitorFeatureDisabled'],
  ])(
    "a refused native monitor leaves tracelift's own to be refreshed where %s, and says so afterwards",
    async (_name, answer, code) => {
      refuse('GET', answer);
      for (const times of [1, 2]) {
        await expect(monitor().refresh({ spec })).rejects.toMatchObject({ code, retryable: false });
        expect(profiled()).toBe(2 * times);
      }
    },
  );

  it("a refused native monitor leaves tracelift's own to be refreshed where it was never made, and says that there is none", async () => {
    await expect(monitor().refresh({ spec })).rejects.toMatchObject({ code: 'MonitorAbsent' });
    expect(profiled()).toBe(2);
  });

  it("a refused native monitor leaves tracelift's own to be refreshed where only a refresh of its own is forbidden", async () => {
    await monitor().ensure(spec);
    refuse('POST');
    await expect(monitor().refresh()).rejects.toMatchObject({ code: 'MonitorPermission' });
    expect(profiled()).toBe(2);
  });

  it('a native monitor has no refusal while Databricks does not answer: then the step is tried again', async () => {
    refuse('GET', apiError(503, 'TEMPORARILY_UNAVAILABLE', 'later'));
    await expect(monitor().refresh({ spec })).rejects.toMatchObject({ retryable: true });
    expect(profiled()).toBe(0);
  });

  it('a refused native monitor is told by ensure at once, which makes no profile', async () => {
    refuse('POST');
    await expect(monitor().ensure(spec)).rejects.toMatchObject({ code: 'MonitorPermission' });
    expect(profiled()).toBe(0);
  });
});
