import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goldColumnsOfCommit } from '../../src/tables/commit-rules.js';
import { goldTracesTable, spansTable, rawTracesTable, documentsTable } from '../../src/tables/traces.js';
import { assessmentsTable, stagedMetricColumns } from '../../src/tables/quality.js';
import type { Columns } from '../../src/tables/table.js';
import type { TraceInfo } from '../../src/trace/trace.js';
import { fromRawRow } from '../../src/trace/raw-form.js';
import { spanReading, traceInfo } from './arbitrary-trace.js';
import { aSpan, anAssessment, anInfo, build, complete, options } from './sample-trace.js';
import { processVersion } from '../../src/trace/processing-options.js';

/** Checks a row against the definition of its table: every column, no other, right types, NULL only where allowed. */
function expectRow(row: object, columns: Columns, without: readonly string[] = []): void {
  expect(Object.keys(row).sort()).toEqual(
    Object.keys(columns)
      .filter((name) => !without.includes(name))
      .sort(),
  );
  for (const [name, value] of Object.entries(row) as [string, unknown][]) {
    const column = columns[name]!;
    if (value === null) expect(column.nullable, name).toBe(true);
    else expect(fits(value, column.type), `${name} is a ${column.type}`).toBe(true);
  }
}

function fits(value: unknown, type: string): boolean {
  if (type === 'STRING') return typeof value === 'string' && value.isWellFormed();
  if (type === 'JSON') return typeof value === 'string' && JSON.parse(value) !== undefined;
  if (type === 'BOOLEAN') return typeof value === 'boolean';
  if (type === 'DOUBLE') return typeof value === 'number' && Number.isFinite(value);
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

describe('rows of a trace', () => {
  test('fit their tables for every shape of trace', () => {
    fc.assert(
      fc.property(traceInfo(), spanReading(), (info, reading) => {
        const rows = build(info, reading);
        expectRow(rows.raw, rawTracesTable.columns);
        expectRow(rows.gold, goldTracesTable.columns, goldColumnsOfCommit);
        for (const row of rows.spans) expectRow(row, spansTable.columns);
        for (const row of rows.documents) expectRow(row, documentsTable.columns);
        for (const row of rows.assessments) expectRow(row, assessmentsTable.columns, ['is_current', 'deleted_at']);
        for (const row of rows.metrics) expectRow(row, stagedMetricColumns);
        const numbers = Object.values(rows.dynamic.numbers).filter((number) => number !== null);
        for (const number of numbers) expect(Number.isFinite(number)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('rows of a trace are the same when they are made again from the raw row, without the source', () => {
    fc.assert(
      fc.property(traceInfo(), spanReading(), (info, reading) => {
        const rows = build(info, reading);
        const again = fromRawRow(rows.raw);
        expect(build(again.info, again.reading)).toStrictEqual(rows);
      }),
    );
  });

  test('rows of a trace do not depend on the order of spans, assessments or keys', () => {
    fc.assert(
      fc.property(traceInfo(), spanReading(), (info, reading) => {
        const ids = new Set(reading.spans.map((span) => span.spanId));
        fc.pre(ids.size === reading.spans.length);
        const backwards = build(
          { ...info, assessments: [...info.assessments].reverse() },
          { ...reading, spans: [...reading.spans].reverse() },
        );
        const forwards = build(info, reading);
        expect(backwards.gold).toStrictEqual(forwards.gold);
        expect(backwards.dynamic).toStrictEqual(forwards.dynamic);
        expect(backwards.spans).toStrictEqual(forwards.spans);
        expect(backwards.assessments).toStrictEqual(forwards.assessments);
      }),
    );
  });

  test('the rows of a trace hold each span id once', () => {
    fc.assert(
      fc.property(spanReading(), (reading) => {
        const ids = build(anInfo, reading).spans.map((row) => row.span_id);
        expect(ids.sort()).toEqual([...new Set(reading.spans.map((span) => span.spanId))].sort());
      }),
    );
  });

  test('rows of a trace never own tokens twice on one path from a root to a leaf', () => {
    fc.assert(
      fc.property(spanReading(), (reading) => {
        const { spans } = build(anInfo, reading);
        const byId = new Map(spans.map((row) => [row.span_id, row]));
        for (const row of spans) {
          let above = row;
          let numOwners = 0;
          for (let steps = 0; steps <= Number(row.depth); steps++) {
            if (above.is_token_owner) numOwners++;
            above = byId.get(above.parent_span_id ?? '') ?? { ...above, is_token_owner: false };
          }
          expect(numOwners).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('rows of a trace say NULL about spans that were never read, and only a zero count about a trace without spans', () => {
    const never = build(anInfo, { traceId: 'tr-1', spanState: 'unknown', spans: [] }).gold;
    const none = build(anInfo, { traceId: 'tr-1', spanState: 'missing', spans: [] }).gold;
    expect(never).toMatchObject({ num_spans: null, num_llm_spans: null, cost_missing_reason: 'spans_not_read' });
    expect(none).toMatchObject({ num_spans: 0, num_llm_spans: null, llm_time_ms: null, step_path: null });
  });

  test('rows of a trace describe a typical retrieval trace completely', () => {
    const reading = complete([
      aSpan('a1', null, [0, 1000], {
        'mlflow.spanType': 'CHAIN',
        'mlflow.spanInputs': { question: 'why?' },
        'mlflow.spanOutputs': 'because',
      }),
      aSpan('a2', 'a1', [100, 300], {
        'mlflow.spanType': 'RETRIEVER',
        'mlflow.spanOutputs': [
          { page_content: 'text one', id: '17', source: 'x', metadata: { doc_uri: 's3://b/one.md', score: 0.9 } },
          { node: { id_: 'n2', text: 'two', metadata: { file_path: '/two' } }, score: 0.5 },
          'three',
        ],
      }),
      aSpan('a3', 'a1', [200, 800], {
        'mlflow.spanType': 'CHAT_MODEL',
        'mlflow.llm.model': 'gpt-4o',
        'mlflow.spanOutputs': { content: [{ type: 'thinking', thinking: '…' }] },
        'mlflow.chat.tokenUsage': {
          input_tokens: 100,
          output_tokens: 20,
          total_tokens: 120,
          cache_read_input_tokens: 64,
        },
        'mlflow.llm.cost': { input_cost: 0.001, output_cost: 0.002, total_cost: 0.003 },
      }),
    ]);
    const { gold, spans, documents } = build(anInfo, reading);
    expect(gold).toMatchObject({
      trace_name: 'a1',
      step_path: 'a2 > a3',
      models: '["gpt-4o"]',
      num_spans: 3,
      num_llm_spans: 1,
      num_retriever_spans: 1,
      num_retrieved_documents: 3,
      llm_time_ms: 600,
      retriever_time_ms: 200,
      tool_time_ms: 0,
      input_tokens: 100,
      output_tokens: 20,
      cached_input_tokens: 64,
      total_tokens: 120,
      tokens_source: 'spans',
      cost_usd: 0.003,
      cost_source: 'reported',
      cost_missing_reason: null,
      request_hash: createHash('sha256').update('{"question":"why?"}').digest('hex'),
    });
    expect(spans.map((row) => [row.name, row.depth, row.duration_ms, row.self_ms, row.has_reasoning])).toEqual([
      ['a1', 0, 1000, 300, false],
      ['a2', 1, 200, 200, null],
      ['a3', 1, 600, 600, true],
    ]);
    expect(documents.map((row) => [row.rank, row.document_id, row.document_uri, row.score, row.length_chars])).toEqual([
      [1, '17', 's3://b/one.md', 0.9, 8],
      [2, 'n2', '/two', 0.5, 3],
      [3, null, null, null, 5],
    ]);
  });
});

describe('origin, people and dimensions', () => {
  const gold = (info: Partial<TraceInfo>, settings = options) =>
    build({ ...anInfo, ...info }, complete([aSpan('a1', null, [0, 1], {})]), settings);

  test('a trace that a scorer made is no application traffic, nor one that an evaluation made', () => {
    expect(gold({}).gold.trace_origin).toBe('app');
    expect(gold({ tags: { 'mlflow.trace.sourceScorer': 'correctness' } }).gold.trace_origin).toBe('judge');
    expect(gold({ tags: { 'mlflow.eval.requestId': 'e1' } }).gold.trace_origin).toBe('evaluation');
    const metadata = { 'mlflow.sourceRun': 'run1' };
    expect(gold({ metadata }).gold.trace_origin).toBe('app');
    const assessedBy = (run: string) =>
      [{ ...anAssessment, metadata: { 'mlflow.assessment.sourceRunId': run } }] satisfies TraceInfo['assessments'];
    expect(gold({ metadata, assessments: assessedBy('run1') }).gold.trace_origin).toBe('evaluation');
    expect(gold({ metadata, assessments: assessedBy('run2') }).gold.trace_origin).toBe('app');
  });

  test('session and user are read with and without JSON quotes', () => {
    const quoted = gold({ metadata: { 'mlflow.trace.session': '"S1"', 'mlflow.trace.user': '"u 1"' } }).gold;
    const plain = gold({ metadata: { 'mlflow.trace.session': 'S1', 'mlflow.trace.user': 'u 1' } }).gold;
    for (const row of [quoted, plain]) expect([row.session_id, row.user_id]).toEqual(['S1', 'u 1']);
  });

  test('users are hashed with the configured key, and the key shows nowhere', () => {
    const key = 'a-secret-key';
    const rows = gold({ metadata: { 'mlflow.trace.user': 'ann' } }, { ...options, userIdHashKey: key });
    expect(rows.gold.user_id).toMatch(/^[0-9a-f]{64}$/);
    expect(
      JSON.stringify(rows.gold, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
    ).not.toContain(key);
    const other = gold({ metadata: { 'mlflow.trace.user': 'ann' } }, { ...options, userIdHashKey: 'another' });
    expect(other.gold.user_id).not.toBe(rows.gold.user_id);
    expect(other.gold.process_version).not.toBe(rows.gold.process_version);
  });

  test('ids of reviewers in gold are hashed like those of users, and names of judges are not', () => {
    const person = { ...anAssessment, sourceType: 'HUMAN' as const, sourceId: 'ann' };
    const judge = { ...anAssessment, assessmentId: 'a-judge', sourceType: 'LLM_JUDGE' as const, sourceId: 'gpt-4o' };
    const { gold: hashed } = gold(
      { metadata: { 'mlflow.trace.user': 'ann' }, assessments: [person, judge] },
      { ...options, userIdHashKey: 'k' },
    );
    const values = JSON.parse(hashed.feedback_values ?? '[]') as { source_name: string }[];
    expect(values.map(({ source_name }) => source_name).toSorted()).toEqual([hashed.user_id, 'gpt-4o'].toSorted());
  });

  test('dimensions come from tags and metadata', () => {
    const { dynamic } = gold(
      { tags: { team: 'red', empty: '' }, metadata: { release: '1.2' } },
      {
        ...options,
        dimensions: [
          { name: 'team', from: 'tag', key: 'team' },
          { name: 'release', from: 'metadata', key: 'release' },
          { name: 'empty', from: 'tag', key: 'empty' },
          { name: 'odd', from: 'tag', key: 'constructor' },
        ],
      },
    );
    expect(dynamic.texts).toEqual({ dim_team: 'red', dim_release: '1.2' });
  });

  test('the process version is stable and changes with what it stands for', () => {
    expect(processVersion(options)).toBe(processVersion({ ...options, dimensions: [] }));
    expect(processVersion({ ...options, encoding: 'o200k_base' })).not.toBe(processVersion(options));
    expect(processVersion(options)).toMatch(/^\d+-cl100k_base-[0-9a-f]{8}-p[0-9a-f]{8}$/);
  });
});

describe('times', () => {
  test('children count only where they lie inside their parent, overlaps once', () => {
    const reading = complete([
      aSpan('p', null, [100, 200], {}),
      aSpan('early', 'p', [50, 120], {}),
      aSpan('overlapping', 'p', [110, 130], {}),
      aSpan('late', 'p', [190, 300], {}),
      { ...aSpan('open', 'p', [195, 0], {}), endTimeNs: null },
    ]);
    const row = build(anInfo, reading).spans.find(({ name }) => name === 'p');
    expect(row).toMatchObject({ duration_ms: 100, self_ms: 60 });
  });
});

describe('hostile traces', () => {
  test('a chain of 5,000 spans, each inside the last, is no problem', () => {
    const spans = Array.from({ length: 5000 }, (_, index) =>
      aSpan(`s${String(index)}`, index === 0 ? null : `s${String(index - 1)}`, [index, 20_000 - index], {
        'mlflow.spanType': 'LLM',
        'mlflow.chat.tokenUsage': { input_tokens: 1, output_tokens: 1 },
      }),
    );
    const { gold, spans: rows } = build(anInfo, complete(spans));
    expect(gold).toMatchObject({ num_spans: 5000, input_tokens: 1, total_tokens: 2, llm_time_ms: 20_000 });
    expect(rows.at(-1)?.depth).toBe(4999);
  });

  test('cycles are cut at their earliest span', () => {
    const reading = complete([
      aSpan('a1', 'a2', [5, 6], {}),
      aSpan('a2', 'a1', [3, 8], {}),
      aSpan('a3', 'a1', [1, 2], {}),
      aSpan('a4', 'a4', [9, 10], {}),
    ]);
    const depths = Object.fromEntries(build(anInfo, reading).spans.map((row) => [row.name, row.depth]));
    expect(depths).toEqual({ a4: 0, a2: 0, a1: 1, a3: 2 });
  });

  test('a span that ends before it starts has no duration', () => {
    const { spans } = build(anInfo, complete([aSpan('a1', null, [9, 3], {})]));
    expect(spans[0]).toMatchObject({ duration_ms: null, self_ms: null });
  });

  test('where a span id is repeated, the finished span counts', () => {
    const open = { ...aSpan('a1', null, [0, 5], {}), endTimeNs: null, name: 'open' };
    const { spans } = build(anInfo, complete([open, aSpan('a1', null, [0, 5], {}), open]));
    expect(spans.map((row) => row.name)).toEqual(['a1']);
  });

  test('a span time that no database holds becomes the start of the trace', () => {
    const { spans } = build(anInfo, complete([{ ...aSpan('a1', null, [0, 5], {}), startTimeNs: 10n ** 25n }]));
    expect(spans[0]?.start_time).toBe(anInfo.startTimeMs * 1000);
  });
});
