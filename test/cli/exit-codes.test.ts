import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { exitCodeOf, Interrupted, RunFailed } from '../../src/cli/exit-codes.js';
import { runFailure } from '../../src/cli/temporal/watch.js';
import { TraceliftError, type ErrorCode } from '../../src/errors/index.js';

describe('the exit code', () => {
  it.each<[ErrorCode, number]>([
    ['ConfigInvalid', 2],
    ['InvalidOption', 2],
    ['InvalidInput', 2],
    ['ExperimentNotFound', 2],
    ['SourceUnauthorized', 2],
    ['SourceUnreachable', 3],
    ['TemporalUnreachable', 3],
    ['ServerNotStarted', 3],
    ['WindowsIncomplete', 1],
    ['TooManyDeadLetters', 1],
    ['Internal', 1],
  ])('of %s is %i, thrown here or in a workflow', (code, expected) => {
    expect(exitCodeOf(new TraceliftError(code))).toBe(expected);
    expect(exitCodeOf(new RunFailed(code, 'text', 'w'))).toBe(expected);
  });

  it('the exit code of Ctrl-C is 130, of anything unknown 1', () => {
    expect(exitCodeOf(new Interrupted())).toBe(130);
    expect(exitCodeOf(new TypeError('x'))).toBe(1);
    expect(exitCodeOf(new RunFailed('SomethingNew', 'text', 'w'))).toBe(1);
  });
});

describe('the failure of a workflow', () => {
  const failed = (cause: Error): unknown =>
    runFailure(new WorkflowFailedError('failed', cause, 'RETRY_STATE_UNSPECIFIED' as never), 'tracelift/backfill/x');

  it('the failure of a workflow shows code and text of the catalogue, from whatever depth', () => {
    // eslint-disable-next-line no-restricted-syntax -- what a client is told, and no double of an activity
    const inner = ApplicationFailure.create({ type: 'WindowsIncomplete', message: '1 window is incomplete.' });
    // eslint-disable-next-line no-restricted-syntax -- what a client is told, and no double of an activity
    const outer = ApplicationFailure.create({ type: 'Error', message: 'Child failed', cause: inner });
    expect(failed(outer)).toMatchObject({ code: 'WindowsIncomplete', message: '1 window is incomplete.' });
  });

  it('without a code says that the run ended and that it can be started again', () => {
    const error = failed(new CancelledFailure('cancelled'));
    expect(error).toMatchObject({ code: 'RunEnded' });
    expect((error as Error).message).toContain('Run the same command again');
  });

  it('the failure of a run that the server does not know names its id', () => {
    const error = runFailure(new WorkflowNotFoundError('no', 'w', undefined), 'w');
    expect(error).toMatchObject({ code: 'RunNotFound' });
  });
});
