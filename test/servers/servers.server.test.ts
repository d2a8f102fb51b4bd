import { expect, it } from 'vitest';
import { mlflowAnswers } from '../../src/local/mlflow-server.js';
import { temporalAnswers } from '../../src/local/temporal-server.js';
import { describeWith, mlflowUri, temporalAddress } from './require.js';

describeWith(['temporal'], 'the shared Temporal server', () => {
  it('the Temporal server of the tests answers for its namespace', async () => {
    expect(await temporalAnswers(temporalAddress(), 'default', 10_000)).toBe(true);
  });

  it('the shared Temporal server does not answer for a namespace that nobody made', async () => {
    expect(await temporalAnswers(temporalAddress(), 'no-such-namespace', 10_000)).toBe(false);
  });
});

describeWith(['mlflow'], 'the shared MLflow server', () => {
  it('the shared MLflow server is healthy and says which MLflow it is', async () => {
    expect(await mlflowAnswers(mlflowUri(), 10_000)).toBe(true);
    const version = await (await fetch(new URL('/version', mlflowUri()))).text();
    expect(version).toMatch(/^\d+\.\d+/);
  });
});
