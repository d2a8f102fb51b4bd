/** Rows below a staged trace, for staged-traces.ts: files that it refers to, names of its metrics. */
import type { AttachmentRow, StagedAssessmentRow, StagedMetricRow } from '../../src/tables/rows.js';

export function attachmentRows(
  key: Pick<AttachmentRow, 'source_id' | 'experiment_id' | 'trace_id'>,
  spans_observed_at: AttachmentRow['spans_observed_at'],
  overrides: readonly Partial<AttachmentRow>[] = [],
): AttachmentRow[] {
  return overrides.map((override, index) => {
    const attachment_id = `0f2c9d1e-0000-4000-8000-00000000000${index + 1}`;
    return {
      ...key,
      span_id: '0'.repeat(16),
      attachment_id,
      content_type: 'image/png',
      size_bytes: 68,
      uri: `mlflow-attachment://${attachment_id}?content_type=image%2Fpng&trace_id=${key.trace_id}&size=68`,
      copied_path: null,
      sha256: null,
      copy_missing_reason: 'off',
      spans_observed_at,
      ...override,
    };
  });
}

export function metricRow({ column_name, name, source_type, ...values }: StagedAssessmentRow): StagedMetricRow[] {
  if (column_name === null) return [];
  const scale = values.value_boolean !== null ? 'boolean' : values.value_number !== null ? 'number' : 'text';
  return [{ column_name, raw_name: name, scale, source_type }];
}
