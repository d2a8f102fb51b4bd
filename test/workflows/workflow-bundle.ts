/** The workflow code as tests run it: that of the product, and a heartbeat timeout that a test may choose. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** Bundled once per test file. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: pathOf('../../src/workflows/index.ts'),
    workflowInterceptorModules: [pathOf('./heartbeat-of-memo.ts')],
    logger: new DefaultLogger('WARN'),
  });
  return bundle;
}

/** The bundle as a file, for workers of other processes. */
export async function writeWorkflowBundle(path: string): Promise<string> {
  await writeFile(path, (await workflowBundle()).code);
  return path;
}

/**
 * Start options of a run whose worker counts as dead after so long without a sign of life, milliseconds: shorter than in
 * the product where a test kills workers, longer where scripted activities give no sign of life at all.
 */
export function deadAfter(heartbeatTimeoutMs: number): { readonly memo: Record<string, unknown> } {
  return { memo: { heartbeatTimeoutMs } };
}
