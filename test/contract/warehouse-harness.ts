/** What the suites of the warehouse contract share: an open warehouse with staging, and short ways to commit. */
import { test } from 'vitest';
import { TraceliftError } from '../../src/errors/index.js';
import type { TableRole } from '../../src/tables/index.js';
import type { StagedTrace } from '../../src/tables/rows.js';
import type { Staging } from '../../src/targets/staging.js';
import type { StagedFile } from '../../src/copy/process/messages.js';
import type {
  CommitManifest,
  CommitOptions,
  QueryResult,
  TableDescription,
  Warehouse,
} from '../../src/targets/warehouse.js';
import type { CommitResult } from '../../src/copy/commit/messages.js';
import { asRows, type Dump, type DumpOptions, type DumpedRow, dumpTables } from './dump-tables.js';

/** A warehouse without tables, and the staging that it reads from. */
export interface WarehouseUnderTest {
  readonly warehouse: Warehouse;
  readonly staging: Staging;
  /** A faster way to read for comparisons than `query`, if there is one; BIGINT beyond 2^53 as text. */
  readonly read?: (sql: string) => Promise<QueryResult>;
  /** Puts other bytes into a staged file. */
  overwrite(key: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface WarehouseContract {
  /** Name of the warehouse, for the titles. */
  readonly name: string;
  open(): Promise<WarehouseUnderTest>;
  /** Tests that this warehouse cannot pass, by their names, with the reason. */
  readonly skip: readonly { readonly reason: string; readonly tests: readonly string[] }[];
  /** How many random histories are tried. Default: 15. */
  readonly propertyRuns?: number;
}

/** Registers one test of the contract, or skips it and says why. */
export type ContractTest = (name: string, body: () => Promise<void>, timeoutMs?: number) => void;

export function contractTests({ skip }: WarehouseContract): ContractTest {
  return (name, body, timeoutMs) => {
    const reason = skip.find(({ tests }) => tests.includes(name))?.reason;
    if (reason === undefined) test(name, body, timeoutMs);
    else test.skip(`${name} [skipped: ${reason}]`, body);
  };
}

let numFiles = 0;
let numExperiments = 0;

/** Short ways to use the warehouse of a suite. Every test works in an experiment of its own. */
export class Harness {
  #opened: WarehouseUnderTest | undefined;
  #tableNames: Record<TableRole, string> | undefined;

  constructor(private readonly contract: WarehouseContract) {}

  async open(): Promise<void> {
    this.#opened = await this.contract.open();
    await this.warehouse.prepare();
    const described = await this.warehouse.describeTables();
    this.#tableNames = Object.fromEntries(described.map(({ role, name }) => [role, name])) as Record<TableRole, string>;
  }

  async close(): Promise<void> {
    await this.#opened?.close();
  }

  /** How many random cases a property is tried with. */
  get propertyRuns(): number {
    return this.contract.propertyRuns ?? 15;
  }

  get underTest(): WarehouseUnderTest {
    if (this.#opened === undefined) throw new Error('The suite has not opened its warehouse');
    return this.#opened;
  }

  get warehouse(): Warehouse {
    return this.underTest.warehouse;
  }

  /** An experiment id that no other test uses. */
  newExperiment(): string {
    numExperiments += 1;
    return `exp-${numExperiments}`;
  }

  async stage(traces: readonly StagedTrace[]): Promise<StagedFile> {
    numFiles += 1;
    return this.underTest.staging.writeTraces(`contract/run/w0/b${numFiles}.parquet`, traces);
  }

  manifest(files: readonly StagedFile[], maxMetricColumns = 1000): CommitManifest {
    const locations = files.map(({ key }) => this.underTest.staging.location(key));
    return { files, locations, maxMetricColumns };
  }

  /** Stages one file and commits it. */
  async commit(...traces: readonly StagedTrace[]): Promise<CommitResult> {
    return this.commitFiles([traces]);
  }

  /** Stages each list as a file of its own and commits them together. */
  async commitFiles(files: readonly (readonly StagedTrace[])[], options?: CommitOptions): Promise<CommitResult> {
    const staged: StagedFile[] = [];
    for (const traces of files) staged.push(await this.stage(traces));
    return this.warehouse.commit(this.manifest(staged), options);
  }

  async query(sql: string): Promise<DumpedRow[]> {
    return asRows(await this.warehouse.query(sql, { limit: 10_000 }));
  }

  /** All rows of one experiment in one table, by key. */
  async rows(
    role: 'assessments' | 'spans' | 'documents' | 'attachments' | 'raw' | 'deadLetters' | 'gold',
    experimentId: string,
  ) {
    return (await this.#dump({ experimentId, roles: [role] }))[role] ?? [];
  }

  dump(experimentId: string): Promise<Dump> {
    return this.#dump({ experimentId });
  }

  #dump(options: DumpOptions): Promise<Dump> {
    const { read } = this.underTest;
    const tableNames = this.#tableNames;
    return dumpTables(this.warehouse, { ...options, ...(read && { read }), ...(tableNames && { tableNames }) });
  }
}

/** Gold's metric and dimension columns, sorted by name. */
export async function dynamicColumns(warehouse: Warehouse): Promise<TableDescription['columns'][number][]> {
  const gold = (await warehouse.describeTables()).find(({ role }) => role === 'gold');
  const columns = (gold?.columns ?? []).filter(({ name }) => /^(?:metric|dim)_/i.test(name));
  return columns.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** The code of the error that a promise rejects with; fails when it does not reject with one of the catalogue. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (failure) {
    if (failure instanceof TraceliftError) return failure.code;
    throw failure;
  }
  return 'no error';
}
