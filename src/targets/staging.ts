/**
 * Where work in progress lies between listing and commit: a local folder, or a Databricks Volume.
 * Imports types only.
 *
 * A key is a path that copy/staging-layout.ts makes: it holds only `[a-z0-9-]` and slashes plus the extension, so that
 * it is safe as a file name and inside SQL file functions (staging-key.ts checks it).
 * Files appear whole or not at all (written aside, then renamed).
 */
import type { StagedFile } from '../copy/process/messages.js';
import type { StagedTrace } from '../tables/rows.js';
import type { JsonValue } from '../json/json-value.js';

/** Traces that are there already, or made one by one. */
export type StagedTraces = Iterable<StagedTrace> | AsyncIterable<StagedTrace>;

/** Makes Parquet files on this machine, for a staging that keeps them or sends them on. */
export interface TraceFileWriter {
  /**
   * Writes the whole file at `path` (not atomically: the caller renames it). The folder must exist. Failures of the
   * file system, of the database that writes and of the iteration are thrown as they are.
   */
  write(path: string, traces: StagedTraces, signal?: AbortSignal): Promise<Omit<StagedFile, 'key'>>;
  close(): Promise<void>;
}

/** Errors: StagingLost (data: the workflow does the window again), StagingUnwritable (config). */
export interface Staging {
  /** Small JSON documents, read back exactly as they were: trace infos of a batch, manifests. */
  writeJson(key: string, value: JsonValue): Promise<void>;
  /** @throws StagingLost when the document is gone, or cannot be read as what was written. */
  readJson(key: string): Promise<JsonValue>;

  /**
   * One Parquet file in the form of `stagedTraceSchema` (tables/staged-trace.ts). Traces are taken one by one and let go
   * before the next one is asked for, so that a caller may make them on the way. What the iteration throws is thrown.
   */
  writeTraces(key: string, traces: StagedTraces, signal?: AbortSignal): Promise<StagedFile>;

  /**
   * Makes sure that the files are still what was written, as far as the staging itself does not: a changed byte in the
   * middle of a file need not keep anybody from reading it.
   * @throws StagingLost
   */
  verify(files: readonly StagedFile[], signal?: AbortSignal): Promise<void>;

  /** What the warehouse's SQL reads: a local path or a `/Volumes/…` path. */
  location(key: string): string;

  exists(key: string): Promise<boolean>;

  /** Deletes everything below a run's or window's prefix; a missing prefix is fine. */
  remove(prefix: string): Promise<void>;

  /** Prefixes of all runs that have files, with the time of their newest file (epoch milliseconds). */
  listRuns(): Promise<{ run: string; newestFileMs: number }[]>;

  /** True when only workers on this host can read it: then the task queue must be this host's own. */
  readonly isLocal: boolean;
  /** Folder or Volume, for humans and fingerprints. */
  readonly root: string;

  close(): Promise<void>;
}
