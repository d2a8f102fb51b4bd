import { describe, expect, it } from 'vitest';
import { isSameSpec, normalizedSpec, type ProfileSpec } from '../../src/monitor/spec.js';

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
    expect(isSameSpec(spec, other)).toBe(true);
    expect(normalizedSpec(spec)).toEqual(normalizedSpec(other));
  });

  it('are others with another granularity or another slicing column', () => {
    expect(isSameSpec(spec, { ...spec, granularities: ['1 day'] })).toBe(false);
    expect(isSameSpec(spec, { ...spec, slicingColumns: ['status'] })).toBe(false);
  });
});
