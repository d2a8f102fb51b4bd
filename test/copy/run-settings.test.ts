import { describe, expect, it } from 'vitest';
import { resolveRunSettings, runSettings, syncSettings, withAsked } from '../../src/copy/run-settings.js';
import type { NumberSetting } from '../../src/copy/run-settings.js';
import { TraceliftError } from '../../src/errors/index.js';
import { parseBackfillInput, parseSyncInput } from '../../src/workflows/input.js';
import { load } from '../config/config-loading.js';

const numbers = Object.entries<object>({ ...runSettings, ...syncSettings }).filter(
  (entry): entry is [string, NumberSetting] => 'min' in entry[1],
);

function isRefused(work: () => unknown, code: string): boolean {
  try {
    work();
    return false;
  } catch (error) {
    const refusedAs = error instanceof TraceliftError ? error.code : (error as { readonly type?: string }).type;
    if (refusedAs !== code) throw error;
    return true;
  }
}

const isRefusedByConfiguration = ({ env }: NumberSetting, value: number): boolean =>
  isRefused(() => load({ [env]: String(value) }), 'ConfigInvalid');

const isRefusedByInput = (name: string, value: number): boolean => {
  const parse = name in syncSettings ? parseSyncInput : parseBackfillInput;
  return isRefused(() => parse({ experiment: '1', [name]: value }), 'InvalidInput');
};

describe('a setting of runs', () => {
  it.each(numbers)('%s has the same limits in the configuration and in the input of a workflow', (name, setting) => {
    const { min, max, example } = setting;
    const values = [min, example, max, min - 1, max + 1];
    const expected = [false, false, false, true, true];
    expect(values.map((value) => isRefusedByConfiguration(setting, value))).toEqual(expected);
    expect(values.map((value) => isRefusedByInput(name, value))).toEqual(expected);
  });

  it('a setting of the input wins over the configured one, and that over the default of the target', () => {
    const defaults = resolveRunSettings({ windowTraces: 700, windowFetches: undefined }, 'databricks');
    expect(defaults).toMatchObject({ windowTraces: 700, windowFetches: 5000, pageSize: 500, rereadSpans: false });
    expect(withAsked(defaults, { windowTraces: 60, pageSize: undefined, rereadSpans: true })).toEqual({
      ...defaults,
      windowTraces: 60,
      rereadSpans: true,
    });
  });

  it('a setting that is out of its limits in an input is answered with the limit and a value that is valid', () => {
    const problem = 'concurrency: at most 64, for example 8';
    expect(() => parseBackfillInput({ experiment: '1', concurrency: 65 })).toThrow(problem);
    expect(() => parseBackfillInput({ experiment: '1', windowTraces: '5000' })).toThrow(
      /windowTraces: .*for example 5000/,
    );
  });
});
