/** Facts that traces tell and that have a column: judges, scorers, sound, links, and questions written differently. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json-value.js';
import { fromRawRow } from '../../src/trace/raw-form.js';
import { decodeAssessment } from '../../src/trace/wire/decode-assessment.js';
import { decodeSpan } from '../../src/trace/wire/decode-span.js';
import type { Assessment, Span } from '../../src/trace/trace.js';
import { sourceHash } from '../../src/trace/source-hash.js';
import { anAssessment, anInfo, aSpan, build, complete } from '../trace/sample-trace.js';

const rootId = '00000000000000a1';

function spanOf(wire: JsonObject): Span {
  const span = decodeSpan({ span_id: rootId, name: 's', start_time_unix_nano: '1', end_time_unix_nano: '2', ...wire });
  if (span === null) throw new Error('no span');
  return span;
}

const rowsOfSpan = (span: Span) => build(anInfo, complete([span]));

describe('judges', () => {
  const wire = {
    assessment_id: 'a-1',
    assessment_name: 'correctness',
    source: { source_type: 'LLM_JUDGE', source_id: 'gpt' },
    metadata: {
      'mlflow.assessment.judgeCost': '0.0021',
      'mlflow.assessment.judgeInputTokens': '300',
      'mlflow.assessment.judgeOutputTokens': '12',
      'mlflow.assessment.scorerName': 'correctness-v2',
      'mlflow.assessment.scorerVersion': '7',
    },
    feedback: { error: { error_code: 'E', error_message: 'broke', stack_trace: 'File "judge.py", line 3' } },
  };
  const decoded = (): Assessment => decodeAssessment(wire) ?? anAssessment;

  test('a failed judge keeps the stack of its error, its cost, its tokens, and the scorer with its version', () => {
    const { assessments, raw } = build({ ...anInfo, assessments: [decoded()] }, complete([]));
    expect(assessments).toMatchObject([
      {
        ...{ error_code: 'E', error_message: 'broke', error_stack: 'File "judge.py", line 3' },
        ...{ scorer_name: 'correctness-v2', scorer_version: '7' },
        ...{ judge_input_tokens: 300, judge_output_tokens: 12, judge_cost_usd: 0.0021 },
      },
    ]);
    expect(fromRawRow(raw).info.assessments).toEqual([decoded()]);
  });

  test('a judge that tells nothing of its cost, or nonsense, has NULL and never 0', () => {
    const metadata = { 'mlflow.assessment.judgeCost': 'cheap', 'mlflow.assessment.judgeInputTokens': '' };
    const { assessments } = build({ ...anInfo, assessments: [{ ...anAssessment, metadata }] }, complete([]));
    const unknown = { judge_cost_usd: null, judge_input_tokens: null, judge_output_tokens: null, scorer_name: null };
    expect(assessments).toMatchObject([unknown]);
  });

  test('a stack that appears is a change of the trace; assessments without one keep their hash', () => {
    const hashOf = (errorStack: string | null) =>
      sourceHash({ ...anInfo, assessments: [{ ...anAssessment, errorStack }] });
    expect(hashOf('at line 1')).not.toBe(hashOf(null));
    expect(hashOf(null)).toBe('1e0c52e7279019b98678a714fca4eda9d68e05368b9cd3d7dd0e9115356c2abc');
  });
});

describe('spans', () => {
  const link = {
    trace_id: 'tr-0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    attributes: { why: 'retry' },
  };

  test('links, kind and instrumentation scope of a span are kept in raw and in spans', () => {
    const span = spanOf({
      ...{ kind: 'SPAN_KIND_CLIENT', links: [link], attributes: { 'mlflow.spanType': '"LLM"' } },
      instrumentation_scope: { name: 'opentelemetry.instrumentation.openai', version: '0.40.1' },
    });
    const { spans, raw } = rowsOfSpan(span);
    expect(spans).toMatchObject([
      {
        ...{ kind: 'LLM', otel_kind: 'CLIENT', links: JSON.stringify([link]) },
        ...{ scope_name: 'opentelemetry.instrumentation.openai', scope_version: '0.40.1' },
      },
    ]);
    expect(fromRawRow(raw).reading.spans).toEqual([span]);
  });

  test.each([
    [
      'links of protobuf, with ids in base64',
      { links: [{ trace_id: 'CvdlGRbNQ92ESOshHIAxnA==', span_id: 't61rcWkgMzE=' }] },
    ],
    [
      'links with ids in hex',
      { links: [{ trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' }] },
    ],
  ])('%s come to hex', (_, wire) => {
    const [row] = rowsOfSpan(spanOf(wire)).spans;
    expect(JSON.parse(row?.links ?? '')).toEqual([
      { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331', attributes: {} },
    ]);
  });

  test('a scope in the attributes is found, and a span that tells nothing of it has NULL', () => {
    const [told] = rowsOfSpan(spanOf({ kind: 2, attributes: { 'otel.scope.name': 'my-lib' } })).spans;
    expect(told).toMatchObject({ otel_kind: 'SERVER', scope_name: 'my-lib', scope_version: null });
    const [silent] = rowsOfSpan(spanOf({ kind: 0, links: [{ trace_id: 'x' }] })).spans;
    expect(silent).toMatchObject({ otel_kind: null, scope_name: null, links: null });
  });

  test.each<[string, JsonObject]>([
    [
      'OpenAI',
      {
        'mlflow.spanOutputs': {
          usage: {
            ...{ prompt_tokens: 50, completion_tokens: 40, total_tokens: 90 },
            ...{ prompt_tokens_details: { audio_tokens: 30 }, completion_tokens_details: { audio_tokens: 20 } },
          },
        },
      },
    ],
    [
      'OpenInference',
      {
        ...{ 'llm.token_count.prompt': 50, 'llm.token_count.completion': 40 },
        ...{ 'llm.token_count.prompt_details.audio': 30, 'llm.token_count.completion_details.audio': 20 },
      },
    ],
  ])('sound has its own counts beside all tokens: %s', (_, attributes) => {
    const call = (id: string) => aSpan(id, rootId, [1, 2], { 'mlflow.spanType': 'CHAT_MODEL', ...attributes });
    const { gold, spans } = build(anInfo, complete([aSpan(rootId, null, [0, 9], {}), call('b1'), call('b2')]));
    expect(spans[1]).toMatchObject({ input_tokens: 50, audio_input_tokens: 30, audio_output_tokens: 20 });
    expect(gold).toMatchObject({ input_tokens: 100, audio_input_tokens: 60, audio_output_tokens: 40 });
  });
});

describe('the second hash of a question', () => {
  const hashOf = (inputs: JsonObject | string) => {
    const { gold } = build(anInfo, complete([aSpan(rootId, null, [0, 9], { 'mlflow.spanInputs': inputs })]));
    return [gold.request_hash, gold.request_hash_normalized] as const;
  };
  const asked = (question: string) => hashOf({ question, top: 3 });
  const [exact, normalized] = asked('where is my parcel no 5?');

  test.each([
    ['case', 'Where is MY parcel no 5?'],
    ['white space, also at the ends', '  where is\n\tmy   parcel no 5? '],
    ['Unicode form', 'where is my ｐａｒｃｅｌ no ⁵?'],
    ['no-break spaces', 'where is my\u00a0parcel no 5?'],
  ])(
    'the second hash of a question is equal for questions that differ in %s alone, unlike the first',
    (_, question) => {
      const [ownExact, ownNormalized] = asked(question);
      expect(ownNormalized).toBe(normalized);
      expect(ownExact).not.toBe(exact);
    },
  );

  test('the second hash of a question differs for other words, other settings, and is NULL without a request', () => {
    expect(asked('where was my parcel no 5?')[1]).not.toBe(normalized);
    expect(hashOf({ question: 'where is my parcel no 5?', top: 4 })[1]).not.toBe(normalized);
    expect(hashOf('Where IS it?')[1]).toBe(hashOf('where is  it?')[1]);
    expect(build(anInfo, complete([])).gold.request_hash_normalized).toBeNull();
  });
});
