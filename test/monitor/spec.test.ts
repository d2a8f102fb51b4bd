import { describe, expect, it } from 'vitest';
import { changedSpecFields, normalizedSpec, type ProfileSpec } from '../../src/monitor/spec.js';

const spec: ProfileSpec = {
  timestampColumn: 'start_time',
  granularities: ['1 hour', '1 day'],
  slicingColumns: ['status', 'dim_team'],
};

describe('the settings of a monitor', () => {
  it('are the same in any order and with repeats', () => {
    const other: ProfileSpec = {
      ...spec,
      granularities: ['1 day', '1 hour', '1 day'],
      slicingColumns: ['dim_team', 'status'],
    };
    expect(changedSpecFields(spec, other)).toEqual([]);
    expect(normalizedSpec(spec)).toEqual(normalizedSpec(other));
  });

  it('name the fields in which they differ', () => {
    expect(changedSpecFields(spec, { ...spec, granularities: ['1 day'], slicingColumns: [] })).toEqual([
      'granularities',
      'slicingColumns',
    ]);
  });
});
