/** What only a Databricks target can meet. Part of the catalogue in index.ts. Pure. */
import { entry } from './entry.js';
import type { ErrorEntry } from './entry.js';

export const databricksErrors = {
  WarehouseUnreachable: entry(
    'transient',
    'Databricks at {location} does not answer at the moment: {reason}.',
    'Nothing is lost; the step is tried again.',
    'If this repeats, check that the workspace can be reached and that the SQL warehouse may start.',
  ),
  WarehouseCertificate: entry(
    'config',
    'Databricks at {location} cannot be trusted: {reason}.',
    'No connection was made and nothing was sent.',
    'Set the certificate authority that signed its certificate (caFile), or use the address that the certificate names.',
  ),
  WarehouseUnauthorized: entry(
    'config',
    'Databricks at {location} does not accept the credentials: {reason}.',
    'This step wrote nothing; rows that were committed before stay.',
    'Check DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, and that they belong to this workspace.',
  ),
  WarehouseGrantMissing: entry(
    'config',
    'Databricks at {location} forbids {doing}: {reason}.',
    'This step wrote nothing; rows that were committed before stay.',
    '`tracelift doctor` names every right that is missing, with the GRANT that gives it.',
  ),
  WarehouseRefused: entry(
    'terminal',
    'Databricks at {location} refuses {doing}: {reason}.',
    'This step wrote nothing; rows that were committed before stay.',
    'Check the names of catalog, schema, volume and warehouse; `tracelift doctor` tries each of them.',
  ),
  WarehouseObjectMissing: entry(
    'config',
    'Databricks at {location} lacks something that is needed for {doing}: {reason}.',
    'This step wrote nothing.',
    'Check the names of catalog, schema, volume and warehouse; `tracelift doctor` tries each of them.',
  ),
  WarehouseStatementFailed: entry(
    'terminal',
    'A statement for {doing} failed at {location}: {errorClass}, SQLSTATE {sqlState}.',
    'This statement wrote nothing; every statement can be repeated safely.',
    'Find the whole message in the query history of the SQL warehouse, then report it.',
  ),
  MonitorPermission: entry(
    'config',
    'Databricks forbids {doing} for the table {table}: {reason}.',
    'The traces are copied and verified; only the monitor is missing.',
    'Give the user of the worker MANAGE and SELECT on the table and USE SCHEMA, CREATE TABLE on the output schema.',
  ),
  MonitorFeatureDisabled: entry(
    'config',
    'Quality monitors are not enabled in the workspace {location}: {reason}.',
    'The traces are copied and verified; only the monitor is missing.',
    'Ask an administrator of the workspace to enable data quality monitoring, or set monitor.enabled to false.',
  ),
} as const satisfies Record<string, ErrorEntry>;
