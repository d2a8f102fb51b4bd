/**
 * Settings of places for tables (targets).
 * Must not read the environment or any file.
 */
import { z } from 'zod';
import { tables, type TableRole } from '../tables/index.js';
import { catalogName, connectionName, setting, sqlName } from './fields.js';

const optionalText = z.string().min(1).optional();

const roles = Object.keys(tables) as TableRole[];

const tableNames = z
  .strictObject(
    Object.fromEntries(
      roles.map((role) => [
        role,
        setting(sqlName.default(tables[role].name), {
          description: `${tables[role].comment}.`,
          example: tables[role].name,
        }),
      ]),
    ) as Record<TableRole, z.ZodDefault<typeof sqlName>>,
  )
  .prefault({})
  .refine((names) => new Set(Object.values(names)).size === roles.length, 'two tables have the same name')
  .meta({ description: 'Table names, where the default ones do not fit.' });

const duckdbTarget = z
  .strictObject({
    kind: setting(z.literal('duckdb'), {
      description: 'Tables in one DuckDB file on this machine.',
      example: 'duckdb',
    }),
    path: setting(z.string().min(1), {
      description: 'The DuckDB file. Default of the target `local`: `<dataDir>/tracelift.duckdb`.',
      example: './tracelift-data/tracelift.duckdb',
    }),
    stagingRoot: setting(z.string().min(1), {
      description: 'Folder for work in progress between listing and commit. Default: `staging` beside the file.',
      example: './tracelift-data/staging',
    }),
    tableNames,
  })
  .meta({ description: 'DuckDB' });

const databricksMonitor = z
  .strictObject({
    assetsDir: setting(optionalText, {
      description: 'Workspace folder for the dashboard. Default: `/Workspace/Shared/tracelift/<table>`.',
      example: '/Workspace/Shared/tracelift',
    }),
    outputSchema: setting(optionalText, {
      description: 'Schema for the metric tables, as `catalog.schema`. Default: the schema of the gold table.',
      example: 'main.genai_monitoring',
    }),
    scheduleCron: setting(optionalText, {
      description: 'Quartz cron expression of refreshes by Databricks itself. Default: none, tracelift triggers them.',
      example: '0 0 8 * * ?',
    }),
    scheduleTimezone: setting(z.string().min(1).default('UTC'), {
      description: 'Time zone of the schedule.',
      example: 'UTC',
    }),
    notifyEmails: setting(z.array(z.email()).max(5).default([]), {
      description: 'Addresses that Databricks informs when a refresh fails, at most five.',
      example: ['genai-team@example.com'],
    }),
    baselineTable: setting(optionalText, {
      description: 'Full name of a table to compare with, beside the previous window.',
      example: 'main.genai.gold_baseline',
    }),
  })
  .prefault({})
  .meta({ description: 'What only the Databricks monitor has.' });

const databricksTarget = z
  .strictObject({
    kind: setting(z.literal('databricks'), {
      description: 'Delta tables in Unity Catalog, written through a SQL warehouse.',
      example: 'databricks',
    }),
    host: setting(optionalText, {
      description: 'Workspace address, with or without https://.',
      env: 'DATABRICKS_HOST',
      example: 'https://dbc-a1b2345c-d6e7.cloud.databricks.com',
    }),
    profile: setting(optionalText, {
      description: 'Profile in ~/.databrickscfg (or DATABRICKS_CONFIG_FILE) that gives host and credentials.',
      env: 'DATABRICKS_CONFIG_PROFILE',
      example: 'DEFAULT',
    }),
    token: setting(optionalText, {
      description: 'Personal access token.',
      env: 'DATABRICKS_TOKEN',
      secret: true,
      example: '${DATABRICKS_TOKEN}',
    }),
    clientId: setting(optionalText, {
      description: 'Client id of a service principal (OAuth, machine to machine).',
      env: 'DATABRICKS_CLIENT_ID',
      example: '00000000-0000-0000-0000-000000000000',
    }),
    clientSecret: setting(optionalText, {
      description: 'Secret of that service principal.',
      env: 'DATABRICKS_CLIENT_SECRET',
      secret: true,
      example: '${DATABRICKS_CLIENT_SECRET}',
    }),
    warehouseId: setting(optionalText, {
      description: 'Id of the SQL warehouse.',
      env: 'DATABRICKS_WAREHOUSE_ID',
      example: '1234567890abcdef',
    }),
    httpPath: setting(optionalText, {
      description: 'HTTP path of the SQL warehouse, instead of its id.',
      env: 'DATABRICKS_HTTP_PATH',
      example: '/sql/1.0/warehouses/1234567890abcdef',
    }),
    caFile: setting(optionalText, {
      description: 'PEM file with a certificate authority to trust besides the usual ones, such as that of a proxy.',
      env: 'TRACELIFT_DATABRICKS_CA_FILE',
      example: '/etc/ssl/certs/proxy-ca.pem',
    }),
    catalog: setting(catalogName, {
      description:
        'Unity Catalog catalog of the tables. Set in the environment, it makes the target `databricks` exist.',
      env: 'TRACELIFT_DATABRICKS_CATALOG',
      example: 'main',
    }),
    schema: setting(catalogName, {
      description: 'Schema of the tables.',
      env: 'TRACELIFT_DATABRICKS_SCHEMA',
      example: 'genai',
    }),
    textSchema: setting(catalogName.optional(), {
      description: 'Schema of the tables that hold free text (raw, assessments). Default: the same schema.',
      env: 'TRACELIFT_DATABRICKS_TEXT_SCHEMA',
      example: 'genai_restricted',
    }),
    volume: setting(catalogName.default('tracelift_staging'), {
      description: 'Volume for staged files, in the schema of the texts. Never dropped.',
      env: 'TRACELIFT_DATABRICKS_VOLUME',
      example: 'tracelift_staging',
    }),
    tableNames,
    monitor: databricksMonitor,
  })
  .refine((target) => target.warehouseId !== undefined || target.httpPath !== undefined, {
    message: 'name the SQL warehouse by warehouseId (DATABRICKS_WAREHOUSE_ID) or httpPath (DATABRICKS_HTTP_PATH)',
    path: ['warehouseId'],
  })
  .meta({ description: 'Databricks' });

/** Every named place for tables. */
export const targets = z
  .record(connectionName, z.discriminatedUnion('kind', [duckdbTarget, databricksTarget]))
  .default({})
  .meta({
    description:
      'Places for tables by name. `local` (DuckDB in `dataDir`) always exists; the environment fills `local` and `databricks`.',
  });
