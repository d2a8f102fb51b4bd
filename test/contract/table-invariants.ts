/** What must hold in the tables at any time, whatever happened to the runs that filled them: as SQL over the tables. */
import { expect } from 'vitest';

import type { TableRole } from '../../src/tables/index.js';
import type { TraceScope } from '../../src/tables/trace-key.js';
import { verifiedIntervals } from '../../src/copy/prepare/coverage.js';
import type { Interval } from '../../src/copy/prepare/coverage.js';
import type { Warehouse } from '../../src/targets/warehouse.js';

/** One rule, and the query that finds the keys that break it. */
interface Invariant {
  readonly rule: string;
  readonly violations: (name: (role: TableRole) => string) => string;
}

const key = 'source_id, experiment_id, trace_id';
const sameTrace = (left: string, right: string): string =>
  ['source_id', 'experiment_id', 'trace_id'].map((column) => `${left}.${column} = ${right}.${column}`).join(' AND ');

/** A count of gold must be that of the live rows of a child table; where spans were never read there is no count. */
function countEquals(column: string, child: TableRole, condition = 'TRUE'): Invariant {
  return {
    rule: `gold.${column} is the number of live rows in ${child}`,
    violations: (name) => `
      SELECT g.trace_id FROM ${name('gold')} g
      LEFT JOIN (SELECT ${key}, count(*) AS num_rows FROM ${name(child)} WHERE ${condition} GROUP BY ${key}) c
        ON ${sameTrace('c', 'g')}
      WHERE coalesce(g.${column}, 0) <> coalesce(c.num_rows, 0)`,
  };
}

const oneRowPerTrace = (role: TableRole): Invariant => ({
  rule: `${role} holds a trace at most once`,
  violations: (name) => `SELECT trace_id FROM ${name(role)} GROUP BY ${key} HAVING count(*) > 1`,
});

/** Raw comes before gold, and gold last: after a crash raw may be ahead, gold never. */
const goldIsInRaw: Invariant = {
  rule: 'every gold row has a raw row that is not older',
  violations: (name) => `
    SELECT g.trace_id FROM ${name('gold')} g LEFT JOIN ${name('raw')} r ON ${sameTrace('r', 'g')}
    WHERE r.trace_id IS NULL OR r.observed_at < g.observed_at`,
};

const attachmentsAreCounted: Invariant = {
  rule: 'gold.num_attachments is the number of different files in attachments',
  violations: (name) => `
    SELECT g.trace_id FROM ${name('gold')} g
    LEFT JOIN (SELECT ${key}, count(DISTINCT attachment_id) AS num_files FROM ${name('attachments')} GROUP BY ${key}) c
      ON ${sameTrace('c', 'g')}
    WHERE coalesce(g.num_attachments, 0) <> coalesce(c.num_files, 0)`,
};

const noOrphans = (child: TableRole): Invariant => ({
  rule: `every row of ${child} belongs to a gold row`,
  violations: (name) => `
    SELECT c.trace_id FROM ${name(child)} c LEFT JOIN ${name('gold')} g ON ${sameTrace('g', 'c')}
    WHERE g.trace_id IS NULL`,
});

const landedIsNotDead: Invariant = {
  rule: 'a version that landed is no open dead letter',
  violations: (name) => `
    SELECT d.trace_id FROM ${name('deadLetters')} d JOIN ${name('gold')} g ON ${sameTrace('g', 'd')}
    WHERE d.closed_at IS NULL AND d.source_hash = g.source_hash`,
};

const currentAssessmentsAreUnique: Invariant = {
  rule: 'an assessment has at most one current version, and a deleted one has none',
  violations: (name) => `
    SELECT trace_id FROM ${name('assessments')} WHERE is_current GROUP BY ${key}, assessment_id
    HAVING count(*) > 1 OR count(deleted_at) > 0`,
};

/** Rules that hold for every finished or failed run. */
const invariants: readonly Invariant[] = [
  oneRowPerTrace('gold'),
  oneRowPerTrace('raw'),
  goldIsInRaw,
  countEquals('num_spans', 'spans'),
  countEquals('num_llm_spans', 'spans', "kind IN ('LLM', 'CHAT_MODEL')"),
  countEquals('num_tool_spans', 'spans', "kind = 'TOOL'"),
  countEquals('num_retriever_spans', 'spans', "kind = 'RETRIEVER'"),
  countEquals('num_error_spans', 'spans', "status = 'ERROR'"),
  countEquals('num_retrieved_documents', 'documents'),
  attachmentsAreCounted,
  countEquals('num_assessments', 'assessments', 'is_current AND valid'),
  countEquals(
    'num_assessment_errors',
    'assessments',
    'is_current AND valid AND (error_code IS NOT NULL OR error_message IS NOT NULL)',
  ),
  noOrphans('spans'),
  noOrphans('documents'),
  noOrphans('attachments'),
  noOrphans('assessments'),
  landedIsNotDead,
  currentAssessmentsAreUnique,
];

/** Each broken rule with the first ids that break it. Empty where all is well. */
export async function brokenInvariants(warehouse: Warehouse): Promise<string[]> {
  const described = await warehouse.describeTables();
  const name = (role: TableRole): string => {
    const table = described.find((one) => one.role === role);
    if (table === undefined) throw new Error(`there is no table ${role}`);
    return table.name;
  };
  const broken: string[] = [];
  for (const { rule, violations } of invariants) {
    const { rows } = await warehouse.query(violations(name), { limit: 3 });
    if (rows.length > 0) broken.push(`${rule}: not for ${rows.map(([traceId]) => String(traceId)).join(', ')}`);
  }
  return broken;
}

/** Fails the test that calls it where a rule is broken. */
export async function expectInvariants(warehouse: Warehouse): Promise<void> {
  expect(await brokenInvariants(warehouse)).toEqual([]);
}

/** Fails where the ledger does not verify exactly this stretch, without a gap. */
export async function expectCovered(warehouse: Warehouse, scope: TraceScope, stretch: Interval): Promise<void> {
  const { fromMs, toMs } = stretch;
  expect(verifiedIntervals(await warehouse.windowChecks(scope))).toEqual([{ fromMs, toMs }]);
}
