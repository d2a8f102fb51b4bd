/**
 * Staged traces as a file of JSON lines. Imports the tables, ports and Node's file system.
 *
 * Each trace becomes bytes outside of the JavaScript heap before the next one is asked for: texts that live shortly are
 * cheap, while texts that wait for a whole batch are copied by the garbage collector again and again.
 */
import { open, type FileHandle } from 'node:fs/promises';
import type { StagedTrace } from '../../tables/rows.js';
import type { StagedFile } from '../../copy/process/messages.js';
import type { StagedTraces } from '../staging.js';
import { stagedLine } from './staged-line.js';

/** What was written: the counts of a {@link StagedFile} and its longest line in bytes. */
export interface StagedLines extends Omit<StagedFile, 'key' | 'bytes'> {
  readonly longestBytes: number;
}

/** Makes the file at `path`, which must not exist, with one line per trace. */
export async function writeStagedLines(
  path: string,
  traces: StagedTraces,
  signal: AbortSignal | undefined,
): Promise<StagedLines> {
  const file = await open(path, 'wx', 0o600);
  try {
    const lines = new LineBuffer(file);
    const counts = {
      numTraces: 0,
      numDeadLetters: 0,
      numSpans: 0,
      numAssessments: 0,
      numDocuments: 0,
      numAttachments: 0,
    };
    let longestBytes = 0;
    for await (const trace of traces) {
      // Every line ends with a line feed: without the last one, DuckDB 1.5.6 misreads files of more than 32 MB.
      const bytes = await lines.append(`${stagedLine(trace)}\n`);
      if (bytes > longestBytes) longestBytes = bytes;
      count(counts, trace);
      signal?.throwIfAborted();
    }
    await lines.flush();
    return { ...counts, longestBytes };
  } finally {
    await file.close();
  }
}

function count(
  counts: { -readonly [Name in keyof Omit<StagedLines, 'longestBytes'>]: number },
  trace: StagedTrace,
): void {
  counts.numTraces += 1;
  if (trace.kind === 'dead-letter') {
    counts.numDeadLetters += 1;
    return;
  }
  counts.numSpans += trace.spans.length;
  counts.numAssessments += trace.assessments.length;
  counts.numDocuments += trace.documents.length;
  counts.numAttachments += trace.attachments.length;
}

const bufferBytes = 512 * 1024;
/** UTF-16 units to UTF-8 bytes, at most. */
const maxBytesPerUnit = 3;

/** Gathers lines and hands them to the file when they are many. */
class LineBuffer {
  private readonly buffer = Buffer.allocUnsafeSlow(bufferBytes);
  private used = 0;

  constructor(private readonly file: FileHandle) {}

  /** @returns length of the line in bytes */
  async append(line: string): Promise<number> {
    const mostBytes = line.length * maxBytesPerUnit;
    if (mostBytes > bufferBytes - this.used) await this.flush();
    if (mostBytes > bufferBytes) return this.writeAlone(Buffer.from(line));
    const bytes = this.buffer.write(line, this.used);
    this.used += bytes;
    return bytes;
  }

  async flush(): Promise<void> {
    await this.file.writeFile(this.buffer.subarray(0, this.used));
    this.used = 0;
  }

  private async writeAlone(bytes: Buffer): Promise<number> {
    await this.file.writeFile(bytes);
    return bytes.length;
  }
}
