/**
 * Tries every right that tracelift needs on Databricks, one by one, and names the statement that gives what is missing.
 * Imports this adapter. What it writes for trying (a table, a file) it removes again.
 */
import { randomUUID } from 'node:crypto';
import { examineAll, failedBy, ok, type Check, type Examination, type Finding } from '../../errors/check.js';
import { TraceliftError } from '../../errors/index.js';
import { tables, type TableRole } from '../../tables/index.js';
import type { QualityMonitor } from '../../monitor/quality-monitor.js';
import type { DatabricksRest } from './rest-client.js';
import type { SqlClient } from './sql-client.js';
import { grantsForWorker, type WorkerRight } from './sql/grants.js';
import { placeOf, type Place, type PlaceOptions } from './sql/names.js';
import * as probes from './sql/probes.js';
import type { Volume } from './volume.js';
import { warehouseState } from './warehouse-state.js';

export interface DatabricksDoctorOptions extends PlaceOptions {
  readonly rest: DatabricksRest;
  readonly sql: SqlClient;
  readonly volume: Volume;
  readonly volumeName: string;
  readonly warehouseId: string | null;
  readonly monitor: QualityMonitor;
}

type Right = WorkerRight | 'warehouse';

/** A check, and the right whose lack it shows. */
interface RightExamination extends Examination<Subject> {
  readonly right: Right | null;
}

interface Subject extends DatabricksDoctorOptions {
  readonly place: Place;
}

const examinations: readonly RightExamination[] = [
  { name: 'workspace', needs: [], right: null, run: examineWorkspace },
  { name: 'SQL warehouse', needs: ['workspace'], right: 'warehouse', run: examineWarehouse },
  { name: 'catalog', needs: ['workspace'], right: 'catalog', run: examineCatalog },
  { name: 'schemas', needs: ['SQL warehouse', 'catalog'], right: 'schema', run: examineSchemas },
  { name: 'creating tables', needs: ['schemas'], right: 'create', run: examineCreation },
  { name: 'tables', needs: ['schemas'], right: 'tables', run: examineTables },
  { name: 'volume', needs: ['schemas'], right: 'volume', run: examineVolume },
  { name: 'quality monitor', needs: ['tables'], right: 'monitor', run: examineMonitor },
];

/** All checks, in order. Never throws for what a check finds. */
export async function checkDatabricks(options: DatabricksDoctorOptions): Promise<Check[]> {
  const patient: Subject = { ...options, place: placeOf(options) };
  const principal = await whoAmI(options.rest);
  const grants = {
    ...grantsForWorker(patient.place, options.volumeName, principal),
    warehouse: [rightToUseIt(options, principal)],
  };
  return examineAll(examinations, patient, (failure, { right }) => findingOf(failure, right, grants));
}

/** No GRANT gives it: https://docs.databricks.com/aws/en/security/auth/access-control#sql-warehouse-acls */
function rightToUseIt({ warehouseId }: DatabricksDoctorOptions, principal: string): string {
  if (warehouseId === null) return `Give ${principal} CAN ATTACH TO on the cluster: Compute, Permissions.`;
  return `Give ${principal} CAN USE on the SQL warehouse ${warehouseId}: SQL Warehouses, Permissions.`;
}

/** Errors of the catalogue are findings; anything else is a bug and surfaces. */
function findingOf(failure: unknown, right: Right | null, remedies: Record<Right, readonly string[]>): Finding {
  if (!(failure instanceof TraceliftError)) throw failure;
  const finding = failedBy(failure);
  return right !== null && isAboutRight(failure, right) ? { ...finding, remedy: remedies[right].join('\n') } : finding;
}

/**
 * The SQL path may refuse without saying whether of the credentials or of the right to use the warehouse: the
 * workspace has accepted the same credentials by then.
 */
function isAboutRight({ code }: TraceliftError, right: Right): boolean {
  if (code === 'WarehouseUnauthorized') return right === 'warehouse';
  return code === 'WarehouseGrantMissing' || code === 'MonitorPermission';
}

/** https://docs.databricks.com/api/workspace/currentuser/me; service principals are named by their application id. */
async function whoAmI(rest: DatabricksRest): Promise<string> {
  const unknown = '<user or application id of the worker>';
  try {
    const answer = await rest.send({ method: 'GET', path: '/api/2.0/preview/scim/v2/Me', doing: 'asking who this is' });
    const { userName } = answer.json;
    return typeof userName === 'string' ? userName : unknown;
  } catch (failure) {
    // The next check says what is wrong with the connection.
    if (failure instanceof TraceliftError) return unknown;
    throw failure;
  }
}

async function examineWorkspace({ rest, catalog }: Subject): Promise<Finding> {
  await rest.send({
    method: 'GET',
    path: `/api/2.1/unity-catalog/catalogs/${catalog}`,
    doing: 'reaching the workspace',
  });
  return ok(`${rest.url} accepts the credentials`);
}

async function examineWarehouse({ rest, warehouseId, sql }: Subject): Promise<Finding> {
  const state = warehouseId === null ? null : await warehouseState(rest, warehouseId);
  await sql.run(probes.selectOne, { doing: 'trying a statement' });
  return ok(state === null ? 'it answers' : `it answers; it was ${state.toLowerCase()}`);
}

async function examineCatalog({ rest, catalog }: Subject): Promise<Finding> {
  const path = `/api/2.1/unity-catalog/catalogs/${catalog}`;
  await rest.sendOk({ method: 'GET', path, doing: `reading the catalog ${catalog}` });
  return ok(catalog);
}

async function examineSchemas({ sql, place }: Subject): Promise<Finding> {
  const schemas = [...new Set([place.schema, place.textSchema])];
  for (const schema of schemas) {
    await sql.run(probes.lookAtSchema(place, schema), { doing: `reading the schema ${place.catalog}.${schema}` });
  }
  return ok(schemas.join(', '));
}

async function examineCreation({ sql, place }: Subject): Promise<Finding> {
  const probe = `tracelift_probe_${randomUUID().slice(0, 8)}`;
  for (const schema of new Set([place.schema, place.textSchema])) {
    await sql.run(probes.createProbe(place, schema, probe), { doing: `creating a table in ${schema}` });
    await sql.run(probes.dropProbe(place, schema, probe), { doing: `dropping a table in ${schema}` });
  }
  return ok('a table was made and dropped');
}

async function examineTables({ sql, place }: Subject): Promise<Finding> {
  let present = 0;
  for (const role of Object.keys(tables) as TableRole[]) {
    const name = place.plainTable(role);
    try {
      await sql.run(probes.readNothing(place.table(role)), { doing: `reading ${name}` });
      await sql.run(probes.deleteNothing(place.table(role)), { doing: `writing to ${name}` });
      present += 1;
    } catch (failure) {
      const isMissing = failure instanceof TraceliftError && failure.code === 'WarehouseObjectMissing';
      if (!isMissing) throw failure;
    }
  }
  return ok(present === 0 ? 'none yet; the first run makes them' : `${present} can be read and written`);
}

async function examineVolume({ sql, volume }: Subject): Promise<Finding> {
  const name = `tracelift/probe-${randomUUID().slice(0, 8)}.txt`;
  await volume.put(name, Buffer.from('probe\n'));
  try {
    await sql.run(probes.readText(`${volume.path}/${name}`), { doing: 'reading a file of the volume in SQL' });
  } finally {
    await volume.remove(name);
  }
  return ok(`${volume.path} takes files, and SQL reads them`);
}

async function examineMonitor({ monitor }: Subject): Promise<Finding> {
  const { state, failure, dashboardUrl } = await monitor.show();
  if (state === 'failed')
    return { state: 'warning', detail: failure ?? 'it failed', remedy: 'tracelift monitor ensure' };
  return ok(
    state === 'absent'
      ? 'none yet; a backfill makes it'
      : `${state}${dashboardUrl === null ? '' : `, ${dashboardUrl}`}`,
  );
}
