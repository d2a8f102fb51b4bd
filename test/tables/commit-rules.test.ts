/** The rules of a commit cover every column, and staged files hold what the tables need. */
import { describe, expect, test } from 'vitest';
import {
  dailyRetryCodes,
  deadLetterRetry,
  goldColumnOrigins,
  goldColumnsOfCommit,
  rawColumnOrigins,
} from '../../src/tables/commit-rules.js';
import { tables } from '../../src/tables/index.js';
import { stagedTraceSchema, traceKeyNames } from '../../src/tables/staged-trace.js';

/** Minutes until a failed version of a trace is tried again. `attempts` counts from 1. */
function deadLetterRetryMinutes(attempts: number, errorCode: string): number {
  const { firstMinutes, factor, maxMinutes } = deadLetterRetry;
  if ((dailyRetryCodes as readonly string[]).includes(errorCode)) return maxMinutes;
  return Math.min(firstMinutes * factor ** (attempts - 1), maxMinutes);
}

describe('rules of a commit', () => {
  test('rules of a commit say of every column where it comes from, in the order of the table', () => {
    const goldColumns = [...traceKeyNames, ...Object.keys(goldColumnOrigins), ...goldColumnsOfCommit];
    expect(goldColumns).toEqual(Object.keys(tables.gold.columns));
    expect([...traceKeyNames, ...Object.keys(rawColumnOrigins)]).toEqual(Object.keys(tables.raw.columns));
  });

  test('rules of a commit wait longer after each failure, up to a day', () => {
    const waits = [1, 2, 3, 4, 8, 9, 100].map((attempts) => deadLetterRetryMinutes(attempts, 'SpansUnreadable'));
    expect(waits).toEqual([10, 20, 40, 80, 1280, 1440, 1440]);
    expect(deadLetterRetryMinutes(1, 'TraceUnreadable')).toBe(1440);
  });
});

describe('staged traces', () => {
  test('staged traces hold every column that a commit cannot make itself', () => {
    const left: Record<string, readonly string[]> = {
      raw: [],
      gold: goldColumnsOfCommit,
      spans: ['spans_observed_at'],
      documents: ['spans_observed_at'],
      attachments: ['spans_observed_at'],
      assessments: ['is_current', 'deleted_at', 'observed_at'],
    };
    for (const [role, missing] of Object.entries(left)) {
      const { fields } = stagedTraceSchema[role as 'raw'];
      const all = Object.keys(tables[role as 'raw'].columns);
      expect([...traceKeyNames, ...Object.keys(fields), ...missing].sort()).toEqual(all.sort());
    }
  });

  test('staged traces name keys that are columns of their tables', () => {
    for (const { key, columns } of Object.values(tables)) {
      for (const name of key) expect((columns as Record<string, { nullable: boolean }>)[name]?.nullable).toBe(false);
    }
  });
});
