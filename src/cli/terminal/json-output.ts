/** The one JSON document that --json prints. Pure. */

/** Text of a model: bigint as a number where exact, else as text; times and names as they are. */
export function jsonOutput(model: unknown): string {
  return `${JSON.stringify(model, replaceValue, 2)}\n`;
}

function replaceValue(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
  return isSafe ? Number(value) : value.toString();
}
