import { describe, expect, it } from 'vitest';
import { view } from '../../../../src/cli/commands/monitor/show.js';
import { paintFor } from '../../../../src/cli/terminal/text.js';
import type { MonitorStatus } from '../../../../src/monitor/quality-monitor.js';

const plain = paintFor(false);
const target = { name: 'databricks', location: 'dbc-1.example.com main.genai' };
const status: MonitorStatus = {
  state: 'active',
  profileTable: 'main.genai.gold_profile_metrics',
  driftTable: 'main.genai.gold_drift_metrics',
  dashboardUrl: 'https://dbc-1.example.com/sql/dashboardsv3/1',
  lastRefreshMs: Date.UTC(2026, 0, 2),
  profileRows: 7,
  driftRows: null,
  failure: null,
};

describe('what `tracelift monitor show` prints', () => {
  it('what `tracelift monitor show` prints lists the profile over all history beside the monitor of Databricks, and links to the dashboard', () => {
    const history = {
      profileTable: 'main.genai.gold_history_profile_metrics',
      driftTable: 'main.genai.gold_history_drift_metrics',
      profileRows: 12_345,
      driftRows: 6,
      lastRefreshMs: Date.UTC(2026, 0, 3),
    };
    const text = view({ target, status: { ...status, history } }, plain);
    expect(text).toMatch(/profile over all history +main\.genai\.gold_history_profile_metrics, 12,345 rows/);
    expect(text).toMatch(/drift over all history +main\.genai\.gold_history_drift_metrics, 6 rows/);
    expect(text).toMatch(/all history refreshed +2026-01-03 00:00:00Z/);
    expect(text).toMatch(/dashboard +https:\/\/dbc-1\.example\.com\/sql\/dashboardsv3\/1/);
  });

  it('what `tracelift monitor show` prints says that a profile over all history is still to come', () => {
    expect(view({ target, status: { ...status, history: null } }, plain)).toMatch(
      /profile over all history +not computed yet/,
    );
  });

  it('what `tracelift monitor show` prints says nothing of one where the monitor covers all history itself', () => {
    expect(view({ target, status }, plain)).not.toContain('history');
  });
});
