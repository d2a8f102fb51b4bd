import { describe, expect, it } from 'vitest';
import { profiledColumns, unprofiledColumns } from '../../src/monitor/columns.js';
import type { ExistingColumn } from '../../src/tables/table.js';
import { goldTracesTable } from '../../src/tables/traces.js';

type Column = Pick<ExistingColumn, 'name' | 'type'>;

const gold = Object.entries(goldTracesTable.columns).map(([name, { type }]): Column => ({
  name,
  type: type === 'JSON' ? 'STRING' : type,
}));

describe('the profiled columns', () => {
  it('the profiled columns are never ids or hashes of single traces, people or conversations', () => {
    const names = profiledColumns(gold).map(({ name }) => name);
    expect(names.filter((name) => /_id$|_hash/.test(name))).toEqual(['model_id', 'price_id']);
    expect(names).not.toContain('feedback_values');
    expect(names).not.toContain('experiment_name');
  });

  it("the profiled columns are times of the traces, not of tracelift's own work", () => {
    const times = profiledColumns(gold).filter(({ kind }) => kind === 'timestamp');
    expect(times.map(({ name }) => name)).toEqual(['start_time', 'end_time']);
  });

  it('the profiled columns are all other columns of gold, in the order given', () => {
    const names = Object.keys(goldTracesTable.columns).filter((name) => !unprofiledColumns.has(name));
    expect(profiledColumns(gold).map(({ name }) => name)).toEqual(names);
    expect(names).toContain('execution_time_ms');
    expect(names).toContain('cost_usd');
    expect(names).toContain('status');
  });

  it('the profiled columns include metrics, labels and dimensions that only this table has', () => {
    const dynamic: Column[] = [
      { name: 'metric_relevance', type: 'DOUBLE' },
      { name: 'metric_relevance_human', type: 'DOUBLE' },
      { name: 'metric_tone_label', type: 'STRING' },
      { name: 'dim_team', type: 'STRING' },
    ];
    expect(profiledColumns(dynamic).map(({ kind }) => kind)).toEqual(['number', 'number', 'text', 'text']);
  });

  it("the profiled columns leave out what is not tracelift's own", () => {
    const foreign: Column[] = [
      { name: 'notes', type: 'STRING' },
      { name: 'metric_free_text', type: 'STRING' },
      { name: 'metric_blob', type: null },
      { name: 'dim_number', type: 'DOUBLE' },
    ];
    expect(profiledColumns(foreign)).toEqual([]);
  });

  it('the profiled columns carry the type in the words of the metric tables', () => {
    const byName = new Map(profiledColumns(gold).map(({ name, dataType }) => [name, dataType]));
    expect(byName.get('num_spans')).toBe('bigint');
    expect(byName.get('cost_usd')).toBe('double');
    expect(byName.get('start_time')).toBe('timestamp');
    expect(byName.get('models')).toBe('string');
  });
});
