/** Receipts of runs as JSON files in a folder. Imports the tables and Node's file system only. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { TraceliftError } from '../../errors/index.js';
import { writeJson } from '../../json/write-json.js';
import { toJson } from '../../json/json-value.js';
import type { RunReceipt } from '../../copy/close/receipt.js';
import { pathSegment } from '../../copy/staging-layout.js';

/**
 * Writes receipts as `<workflow>-<run>.json` into `folder`, made when needed. A second writing of the same run
 * replaces the first.
 * @returns a function that answers the path of the file
 * @throws ReceiptUnwritable
 */
export function fileReceipts(folder: string): (receipt: RunReceipt) => Promise<string> {
  return async (receipt) => {
    const path = join(folder, `${pathSegment(receipt.workflowId)}-${pathSegment(receipt.firstRunId)}.json`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const aside = `${path}.part`;
      await writeFile(aside, `${writeJson(toJson(receipt))}\n`, { mode: 0o600 });
      await rename(aside, path);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
      throw new TraceliftError('ReceiptUnwritable', { path, reason }, { cause: error });
    }
    return path;
  };
}
