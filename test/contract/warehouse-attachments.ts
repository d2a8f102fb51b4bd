/** Contract: files that spans refer to follow the spans of their trace; a copy that was made stays. */
import { describe, expect } from 'vitest';
import { landedTrace, type TraceSketch } from './staged-traces.js';
import type { ContractTest, Harness } from './warehouse-harness.js';

export function attachmentSuite(harness: Harness, test: ContractTest): void {
  const second = (n: number) => Date.UTC(2026, 0, 2, 0, 0, n);

  describe('attachments', () => {
    test('attachments that a newer version no longer has are gone, and a copy that was made stays', async () => {
      const experimentId = harness.newExperiment();
      const copied = { copied_path: '/files/ab', sha256: 'ab', copy_missing_reason: null };
      const commit = (n: number, ...attachments: NonNullable<TraceSketch['attachments']>) =>
        harness.commit(landedTrace({ experimentId, observedAtMs: second(n), sourceHash: `h${n}`, attachments }));
      const found = async () =>
        (await harness.rows('attachments', experimentId)).map((row) => [
          row['copied_path'],
          row['copy_missing_reason'],
        ]);
      await commit(1, copied, { copy_missing_reason: 'gone' }, {});
      expect(await found()).toEqual([
        ['/files/ab', null],
        [null, 'gone'],
        [null, 'off'],
      ]);
      await commit(2, { copy_missing_reason: 'gone' }, { copy_missing_reason: 'not_tried' });
      expect(await found()).toEqual([
        ['/files/ab', null],
        [null, 'gone'],
      ]);
      await commit(3, { copy_missing_reason: 'off' }, copied);
      expect(await found()).toEqual([
        ['/files/ab', null],
        ['/files/ab', null],
      ]);
      await commit(4);
      expect(await found()).toEqual([]);
    });

    test('a trace that was read without its spans keeps its attachments', async () => {
      const experimentId = harness.newExperiment();
      await harness.commit(landedTrace({ experimentId, observedAtMs: second(1), attachments: [{}] }));
      const later = { observedAtMs: second(2), sourceHash: 'h2', spanState: 'missing' as const };
      await harness.commit(landedTrace({ experimentId, ...later }));
      expect(await harness.rows('attachments', experimentId)).toMatchObject([
        { content_type: 'image/png', size_bytes: 68 },
      ]);
    });
  });
}
