/**
 * What every warehouse does, as one suite that any adapter runs. Everything goes through the port, so that an adapter
 * brings nothing but itself and its staging.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { schemaSuite, stagedFileSuite } from './warehouse-access.js';
import { attachmentSuite } from './warehouse-attachments.js';
import { assessmentSuite } from './warehouse-assessments.js';
import { deadLetterSuite, lookupSuite } from './warehouse-bookkeeping.js';
import { contractTests, Harness, type ContractTest, type WarehouseContract } from './warehouse-harness.js';
import { costSuite } from './warehouse-costs.js';
import { groupSuite } from './warehouse-groups.js';
import { landingSuite } from './warehouse-landing.js';
import { metricSuite } from './warehouse-metrics.js';
import { orderSuite } from './warehouse-order.js';
import { ledgerSuite } from './warehouse-ledger.js';
import { sumSuite } from './warehouse-sums.js';
import { valueSuite } from './warehouse-values.js';
import { viewRowSuite } from './warehouse-view-rows.js';
import { viewSuite } from './warehouse-views.js';

export type { WarehouseContract } from './warehouse-harness.js';

type Suite = (harness: Harness, test: ContractTest) => void;

/**
 * Registers the suites for one adapter. Each opens tables of its own, since reads of a Delta table get slower with each
 * commit; each test works in experiments of its own.
 */
export function warehouseContract(contract: WarehouseContract): void {
  const test = contractTests(contract);
  const suites: readonly Suite[] = [
    schemaSuite,
    landingSuite,
    attachmentSuite,
    assessmentSuite,
    valueSuite,
    lookupSuite,
    deadLetterSuite,
    ledgerSuite,
    stagedFileSuite,
    viewSuite,
    costSuite,
    metricSuite,
    viewRowSuite,
    sumSuite,
    groupSuite,
    orderSuite,
  ];
  for (const suite of suites) {
    describe(`warehouse contract: ${contract.name}`, () => {
      const harness = new Harness(contract);
      beforeAll(() => harness.open());
      afterAll(() => harness.close());
      suite(harness, test);
    });
  }
}
