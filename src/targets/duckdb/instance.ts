/**
 * Opens one DuckDB instance over a file, with the settings that keep it small, and connects to it. Imports the DuckDB
 * client and the quoting only.
 */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { textConstant } from './sql/names.js';

/** The path of a database without a file. */
export const inMemory = ':memory:';

/** Name of the file inside its instance: the same for every file. */
const attachedName = 'tracelift';

/**
 * Rows that DuckDB stores, and rewrites, as one group; the least that it allows. Checkpoints join small groups and hold
 * the new ones in memory: by the default of 122,880 rows that would be gigabytes of texts.
 * https://duckdb.org/docs/stable/guides/performance/how_to_tune_workloads
 */
const rowGroupRows = 2048;

/**
 * One thread: the statements are small, and a second one costs more than it gives (1.8 instead of 1.4 s of CPU for a
 * commit of 5,000 traces) and takes memory of its own. Staged files are read once or twice, so none is kept.
 */
const settings = { threads: '1', enable_external_file_cache: 'false' };

/**
 * Ways to compress texts that came with the storage version below: a checkpoint of texts of 16 or 80 KB took 5 times the
 * CPU (0.35 ms a trace of 16 KB) for half the file. As a setting of the opening it has no effect (DuckDB 1.5.6).
 */
const withoutSlowCompression = "SET GLOBAL disabled_compression_methods = 'dict_fsst,zstd'";

/**
 * From this version on the log says which state of the file it belongs to. A log of an older version is replayed into
 * whatever file is there: after a backup was put back, rows came to life again and others were missing (tried, 1.5.6).
 * Other programs need DuckDB 1.4 or later to read the file. https://duckdb.org/docs/stable/internals/storage
 */
const storageVersion = 'v1.4.0';

/** The file is attached instead of opened: only so can the size of row groups be set. */
export async function openInstance(path: string, isReadOnly: boolean): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(inMemory, settings);
  if (path === inMemory) return instance;
  try {
    const connection = await instance.connect();
    await connection.run(withoutSlowCompression);
    const options = [
      ...(isReadOnly ? ['READ_ONLY'] : []),
      `ROW_GROUP_SIZE ${rowGroupRows}`,
      `STORAGE_VERSION ${textConstant(storageVersion)}`,
    ];
    await connection.run(`ATTACH ${textConstant(path)} AS ${attachedName} (${options.join(', ')})`);
    await connection.run(`SET GLOBAL temp_directory = ${textConstant(`${path}.tmp`)}`);
    connection.closeSync();
    return instance;
  } catch (failure) {
    instance.closeSync();
    throw failure;
  }
}

/** A connection to an instance of {@link openInstance} in which bare names mean those of the file. */
export async function connectTo(instance: DuckDBInstance, path: string): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  if (path !== inMemory) await connection.run(`USE ${attachedName}`);
  return connection;
}
