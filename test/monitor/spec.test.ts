import { describe, expect, it } from 'vitest';
import { isSameSpec, normalizedSpec, readSpec, specText, type MonitorSpec } from '../../src/monitor/spec.js';

const spec: MonitorSpec = {
  timestampColumn: 'start_time',
  granularities: ['1 hour', '1 day'],
  slicingColumns: ['status', 'dim_team'],
};

describe('the settings of a monitor', () => {
  it('the settings of a monitor are the same in any order and with repeats', () => {
    const other: MonitorSpec = {
      ...spec,
      granularities: ['1 day', '1 hour', '1 day'],
      slicingColumns: ['dim_team', 'status'],
    };
    expect(isSameSpec(spec, other)).toBe(true);
    expect(normalizedSpec(spec)).toEqual(normalizedSpec(other));
  });

  it('the settings of a monitor come back from the text in which they are stored', () => {
    expect(readSpec(specText(spec))).toEqual({ ...normalizedSpec(spec), granularities: ['1 hour', '1 day'] });
    expect(readSpec('{"granularities":["1 week","1 day"]}')).toMatchObject({
      granularities: ['1 day'],
      slicingColumns: [],
    });
  });

  it('the settings of a monitor are others with another granularity or another slicing column', () => {
    expect(isSameSpec(spec, { ...spec, granularities: ['1 day'] })).toBe(false);
    expect(isSameSpec(spec, { ...spec, slicingColumns: ['status'] })).toBe(false);
  });
});
