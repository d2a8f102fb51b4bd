/**
 * What every warehouse does, as one suite that any adapter runs. Everything goes through the port, so that an adapter
 * brings nothing but itself and its staging.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { schemaSuite, stagedFileSuite } from './warehouse-access.js';
import { assessmentSuite } from './warehouse-assessments.js';
import { deadLetterSuite, ledgerSuite, lookupSuite } from './warehouse-bookkeeping.js';
import { contractTests, Harness, type WarehouseContract } from './warehouse-harness.js';
import { landingSuite } from './warehouse-landing.js';
import { orderSuite } from './warehouse-order.js';
import { valueSuite } from './warehouse-values.js';

export { dumpTables } from './dump-tables.js';
export type { WarehouseContract, WarehouseUnderTest } from './warehouse-harness.js';

/** Registers the suite for one adapter. It opens one warehouse and works in experiments of its own. */
export function warehouseContract(contract: WarehouseContract): void {
  describe(`warehouse contract: ${contract.name}`, () => {
    const harness = new Harness(contract);
    const test = contractTests(contract);
    beforeAll(() => harness.open());
    afterAll(() => harness.close());
    schemaSuite(harness, test);
    landingSuite(harness, test);
    assessmentSuite(harness, test);
    valueSuite(harness, test);
    lookupSuite(harness, test);
    deadLetterSuite(harness, test);
    ledgerSuite(harness, test);
    stagedFileSuite(harness, test);
    orderSuite(harness, test, contract.propertyRuns ?? 15);
  });
}
