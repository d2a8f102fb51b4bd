/**
 * A workspace for one test file: the fake REST APIs and, behind its SQL path, the real Spark of the run. Volumes are
 * one folder for both. For tests only.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { inject } from 'vitest';
import { FakeWorkspace } from '../fakes/databricks/workspace.js';
import type {} from './global-setup.js';
import { ThriftFront } from './thrift-front.js';

export interface SparkWorkspace {
  readonly workspace: FakeWorkspace;
  readonly front: ThriftFront;
  /** Folder that stands for `/Volumes`. */
  readonly volumesFolder: string;
  /** Folder in which Spark keeps the files of its tables. */
  readonly warehouseFolder: string;
  stop(): Promise<void>;
}

/** Null, or why tests that need Spark are skipped, as their names say it: `[skipped: …]`. */
export function missingSpark(): string | null {
  const spark = inject('spark');
  return 'missing' in spark ? `[skipped: ${spark.missing}]` : null;
}

/** A schema name that no other test file uses, since all share one Spark. */
export function freshSchema(prefix = 'genai'): string {
  return `${prefix}_${randomUUID().slice(0, 8)}`;
}

/** What a user would export to work on this schema of the workspace, by OAuth. */
export async function databricksEnvironment(rig: SparkWorkspace, schema: string): Promise<Record<string, string>> {
  const caFile = join(rig.volumesFolder, 'ca.pem');
  await writeFile(caFile, rig.workspace.caPem);
  return {
    DATABRICKS_HOST: rig.workspace.url,
    DATABRICKS_CLIENT_ID: rig.workspace.tokens.clientId,
    DATABRICKS_CLIENT_SECRET: rig.workspace.tokens.clientSecret,
    DATABRICKS_HTTP_PATH: rig.workspace.httpPath,
    TRACELIFT_DATABRICKS_CA_FILE: caFile,
    TRACELIFT_DATABRICKS_CATALOG: 'main',
    TRACELIFT_DATABRICKS_SCHEMA: schema,
  };
}

/** Starts the workspace. `port` may be another Spark's than that of the run. */
export async function startSparkWorkspace(port?: () => number): Promise<SparkWorkspace> {
  const spark = inject('spark');
  if ('missing' in spark) throw new Error(`Spark is missing: ${spark.missing}`);
  const volumesFolder = join(spark.folder, `volumes-${randomUUID().slice(0, 8)}`);
  await mkdir(volumesFolder);
  const front = new ThriftFront({ sparkPort: port ?? (() => spark.port), catalogs: ['main'], volumesFolder });
  const workspace = new FakeWorkspace({ volumesFolder, sql: (body) => front.handle(body) });
  await workspace.start();
  const stop = async (): Promise<void> => {
    front.close();
    await workspace.stop();
  };
  return { workspace, front, volumesFolder, warehouseFolder: join(spark.folder, 'warehouse'), stop };
}
