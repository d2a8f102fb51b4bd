import { describe, expect, it } from 'vitest';
import { jsonOutput } from '../../../src/cli/terminal/json-output.js';

describe('the JSON output', () => {
  it('the JSON output keeps integers exact: beyond 2^53 as text', () => {
    expect(JSON.parse(jsonOutput({ small: 5n, large: 2n ** 60n }))).toEqual({ small: 5, large: '1152921504606846976' });
  });
});
