/**
 * Health check of a worker container: exit code 0 when the worker in it polls its task queue. Reads the worker's own
 * metrics at TRACELIFT_PROMETHEUS_ADDRESS. No dependencies.
 */
const address = process.env.TRACELIFT_PROMETHEUS_ADDRESS ?? '';
const port = address.slice(address.lastIndexOf(':') + 1);
try {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(4_000) });
  const polls = /^temporal_num_pollers\{[^}]*\} [1-9]/m.test(await answer.text());
  if (!polls) throw new Error('the worker does not poll yet');
} catch (error) {
  process.stderr.write(`${address}: ${error.message}\n`);
  process.exit(1);
}
