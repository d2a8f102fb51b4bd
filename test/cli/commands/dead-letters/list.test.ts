import { expect, it } from 'vitest';
import { view } from '../../../../src/cli/commands/dead-letters/list.js';
import { paintFor } from '../../../../src/cli/terminal/text.js';

const empty = { target: { name: 'local', location: 'a file' }, limit: 50, deadLetters: [] };

it('without a dead letter `tracelift dead-letters list` claims nothing about traces or experiments', () => {
  const plain = paintFor(false);
  expect(view({ ...empty, experimentId: null }, plain)).toBe('No open dead letters in these tables.');
  expect(view({ ...empty, experimentId: 'nope' }, plain)).toBe(
    'No open dead letters for experiment nope in these tables.',
  );
});
