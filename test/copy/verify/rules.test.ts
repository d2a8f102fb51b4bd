import { describe, expect, it } from 'vitest';

import { judgeWindow } from '../../../src/copy/verify/rules.js';

const versions = (...pairs: [string, string][]): Map<string, string> => new Map(pairs);
const nothing = versions();

describe('the verdict on a window', () => {
  it('the verdict on a window is complete when everything listed is landed or a dead letter in its listed version', () => {
    const listed = versions(['a', '1'], ['b', '2']);
    const verdict = judgeWindow({
      first: listed,
      second: listed,
      landed: versions(['a', '1']),
      dead: versions(['b', '2']),
      landedInWindow: 1,
    });
    expect(verdict).toMatchObject({ state: 'complete', listed: 2, landed: 1, deadLettered: 1, missing: [], moved: [] });
  });

  it('the verdict on a window is incomplete when a trace of the first listing is nowhere', () => {
    const listed = versions(['a', '1']);
    const verdict = judgeWindow({ first: listed, second: listed, landed: nothing, dead: nothing, landedInWindow: 0 });
    expect(verdict).toMatchObject({ state: 'incomplete', missing: ['a'] });
  });

  it('the verdict on a window is moving when only traces differ that appeared or changed after the first listing', () => {
    const verdict = judgeWindow({
      first: versions(['a', '1']),
      second: versions(['a', '2'], ['new', '1']),
      landed: versions(['a', '1']),
      dead: nothing,
      landedInWindow: 1,
    });
    expect(verdict).toMatchObject({ state: 'moving', moved: ['a', 'new'] });
  });

  it('the verdict on a window counts as to be landed, in a moving window, what is in the tables in no version', () => {
    const evidence = { first: versions(['a', '1']), landedInWindow: 1, landed: versions(['a', '1']) };
    const appeared = { second: versions(['a', '2'], ['new', '1']), dead: nothing };
    expect(judgeWindow({ ...evidence, ...appeared }).missing).toEqual(['new']);
    expect(judgeWindow({ ...evidence, ...appeared, dead: versions(['new', '0']) }).missing).toEqual([]);
  });

  it('the verdict on a window is suspicious when the source lists nothing, or less than half, of what is landed', () => {
    const empty = { first: nothing, second: nothing, landed: nothing, dead: nothing };
    expect(judgeWindow({ ...empty, landedInWindow: 1 }).state).toBe('suspicious');
    expect(judgeWindow({ ...empty, landedInWindow: 0 }).state).toBe('complete');
    const few = versions(...Array.from({ length: 9 }, (_, index): [string, string] => [String(index), '1']));
    expect(judgeWindow({ first: few, second: few, landed: few, dead: nothing, landedInWindow: 20 }).state).toBe(
      'suspicious',
    );
    expect(judgeWindow({ first: few, second: few, landed: few, dead: nothing, landedInWindow: 19 }).state).toBe(
      'complete',
    );
  });
});
