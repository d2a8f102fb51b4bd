import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import * as layout from '../../src/copy/staging-layout.js';
import { checkedKey, checkedPrefix } from '../../src/targets/staging-key.js';

describe('paths of staged files', () => {
  it('paths of staged files are safe for any text and differ for texts that look alike', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(layout.pathSegment(text)).toMatch(/^[a-z0-9][a-z0-9-]{1,59}$/);
      }),
    );
    expect(layout.pathSegment('A/b')).not.toBe(layout.pathSegment('a-b'));
    expect(layout.pathSegment('../..')).not.toContain('.');
    expect(layout.runPrefix('trace/backfill', 'run')).toMatch(/^trace-backfill-[0-9a-f]+\/run-[0-9a-f]+$/);
  });

  // A run that goes on under a newer version finds what it staged before.
  it('paths of staged files are those of every earlier version', () => {
    const run = layout.runPrefix('tracelift/backfill/1', '0199-abc');
    const window = layout.windowPrefix(run, 12, 1);
    const page = layout.pagePrefix(window, 3, 2);
    const batch = layout.batchKey(page, 7);
    expect(run).toBe('tracelift-backfill-1-ead8647a77f3b41/0199-abc-c6b3fcf9304d2b7');
    expect(layout.runMarkerKey(run)).toBe(`${run}/run.json.gz`);
    expect(window).toBe(`${run}/w000012-r1`);
    expect(batch).toBe(`${window}/p00003-a2-b007.json.gz`);
    expect(layout.seenKey(page)).toBe(`${window}/p00003-a2-seen.json.gz`);
    expect(layout.rowsKey(batch, 4)).toBe(`${window}/p00003-a2-b007-a4.parquet`);
    expect(layout.rawBatchKey(window, 5)).toBe(`${window}/b00005.json.gz`);
    expect(layout.manifestKey(window)).toBe(`${window}/manifest.json`);
    expect(layout.decisionsBeside(`/Volumes/a/b/${batch}`, 'one')).toBe(`/Volumes/a/b/${window}/decisions-one.json`);
  });

  it('paths of staged files are all accepted by the check of staging keys', () => {
    const run = layout.runPrefix('Any Workflow: id', 'run');
    const window = layout.windowPrefix(run, 0, 0);
    const batch = layout.batchKey(layout.pagePrefix(window, 0, 1), 0);
    for (const prefix of [run, window]) expect(checkedPrefix(prefix)).toBe(prefix);
    for (const key of [layout.runMarkerKey(run), layout.manifestKey(window), batch, layout.rowsKey(batch, 1)]) {
      expect(checkedKey(key)).toBe(key);
    }
  });
});
