/** The table of files that inputs and outputs of spans refer to. Pure. */
import { bigint, defineTable, required, text, timestamp } from './table.js';
import { traceKeyColumns } from './traces.js';

export const attachmentsTable = defineTable({
  name: 'genai_attachments',
  comment:
    'One row per span and file that it refers to (mlflow-attachment://); the file itself is in MLflow, or copied',
  sensitivity: 'facts',
  key: ['source_id', 'experiment_id', 'trace_id', 'span_id', 'attachment_id'],
  columns: {
    ...traceKeyColumns,
    span_id: required(text('Span that refers to the file')),
    attachment_id: required(text("MLflow's id of the file")),
    content_type: text('Media type of the file, such as image/png'),
    size_bytes: bigint('Size of the file as the reference tells it, bytes; NULL where it does not'),
    uri: required(text('The reference as it stands in the span')),
    copied_path: text('Where the copy of the file is; NULL where there is none'),
    sha256: text('SHA-256 (hex) of the copied file: the same files have the same name'),
    copy_missing_reason: text(
      'Why there is no copy: off (not asked for), not_tried (made from raw), bad_id, other_trace (not of this one), too_large, other_size (than the reference says), gone, refused, unsupported (by the server) or failed',
    ),
    spans_observed_at: required(timestamp('When the version was listed that the spans were read for')),
  },
});
