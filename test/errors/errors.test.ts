import { describe, expect, it } from 'vitest';
import { errorMessage } from '../../src/errors/index.js';

describe('a message of the catalogue', () => {
  it.each(['did you mean TRACELIFT_TARGET?', 'Table x does not exist!', 'the server closed the connection.'])(
    'a message of the catalogue ends the sentence of "%s" once',
    (reason) => {
      expect(errorMessage('QueryFailed', { reason })).toContain(`${reason} Nothing was changed.`);
    },
  );

  it('a message of the catalogue ends a sentence with a full stop where the value has no end mark', () => {
    expect(errorMessage('QueryFailed', { reason: 'no such column' })).toContain('no such column. Nothing was changed.');
  });

  it('about a source that does not answer is true of a command that ends and of a run that goes on', () => {
    const text = errorMessage('SourceUnreachable', { address: 'http://127.0.0.1:1', reason: 'refused' });
    expect(text).toContain('A run tries it again; any other command ends.');
    expect(text).not.toContain('from the worker');
  });

  it('about a wrong configuration names no command that fails by the same mistake', () => {
    expect(errorMessage('ConfigInvalid', { problems: 'x' })).not.toContain('tracelift config');
  });
});
