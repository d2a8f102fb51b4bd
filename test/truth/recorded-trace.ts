/** Traces of test/fixtures/dialects, processed as any other. */
import { readFileSync } from 'node:fs';
import { readJson } from '../../src/json/decode-json.js';
import type { LandedTraceRows } from '../../src/tables/rows.js';
import { decodeInfo } from '../../src/trace/wire/decode-info.js';
import { decodeSpans, spanStateOf } from '../../src/trace/wire/decode-span.js';
import { member } from '../../src/trace/wire/decode-values.js';
import { build } from '../trace/sample-trace.js';

/** `raw`: as a server shows it that translates nothing; `translated`: as a current one does. */
export function recordedTrace(dialect: string, form: 'raw' | 'translated'): LandedTraceRows {
  const file = new URL(`../fixtures/dialects/${dialect}.${form}.json`, import.meta.url);
  const reading = readJson(readFileSync(file, 'utf8'));
  if (!reading.ok) throw new Error(`${file.pathname} is no JSON`);
  const decoded = decodeInfo(member(reading.value, 'info') ?? null, '0');
  if (!decoded.ok) throw new Error(decoded.reason);
  const { info } = decoded;
  const spans = decodeSpans(member(reading.value, 'spans'));
  return build(info, { traceId: info.traceId, spanState: spanStateOf(info, spans), spans: spans.spans });
}

/** The facts of a trace that its dialect must not change, spans as short lines in order of their start. */
export function factsOf({ raw, gold, spans, documents }: LandedTraceRows) {
  return {
    session: gold.session_id,
    user: gold.user_id,
    models: gold.models,
    input: gold.input_tokens,
    cached: gold.cached_input_tokens,
    written: [gold.cache_write_5m_tokens, gold.cache_write_1h_tokens],
    output: gold.output_tokens,
    reasoning: gold.reasoning_tokens,
    total: gold.total_tokens,
    isCacheAdded: gold.cache_added_to_input,
    calls: gold.num_model_calls,
    ended: gold.finish_reason,
    request: shortened(raw.request),
    response: shortened(raw.response),
    spans: spans.map((row) =>
      [row.kind, row.tool_name ?? row.agent_name, row.provider, row.model, row.total_tokens, row.num_documents]
        .map((value) => value ?? '-')
        .join(' '),
    ),
    documents: documents.map((row) => [row.document_id, row.document_uri, row.score, row.length_chars]),
  };
}

const shortened = (text: string | null): string | null => text?.slice(0, 60) ?? null;
