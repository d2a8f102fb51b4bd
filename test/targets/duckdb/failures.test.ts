import { expect, test } from 'vitest';
import { toWarehouseError } from '../../../src/targets/duckdb/failures.js';

const messageOf = (text: string): string => toWarehouseError(new Error(text), '/data/x.duckdb', 'a commit').message;

test('a statement that fits no table is named with what does not fit', () => {
  const text = 'Binder Error: Duplicate column name "metric_a" in INSERT\n\nLINE 1: INSERT INTO t …';
  expect(messageOf(text)).toContain('Duplicate column name "metric_a" in INSERT');
  expect(messageOf(text)).not.toContain('LINE 1');
});

test('a failure that quotes data is told by its class alone', () => {
  const message = messageOf(`Conversion Error: Could not convert string 'my secret' to INT32`);
  expect(message).toContain('Conversion Error');
  expect(message).not.toContain('secret');
});
