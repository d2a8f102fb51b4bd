/** Random traces for property tests: everything that the model allows, and nothing else. */
import fc from 'fast-check';
import type { JsonValue } from '../../src/json/json-value.js';
import type { Assessment, Span, SpanReading, TraceInfo } from '../../src/trace/trace.js';

/** Text as databases hold it; keys like `__proto__` included. */
const text = (): fc.Arbitrary<string> =>
  fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.constantFrom('', '__proto__', '"; DROP TABLE x; --'));

const bigInteger = (): fc.Arbitrary<bigint> =>
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).filter((value) => !Number.isSafeInteger(Number(value)));

/** JSON as it comes out of the wire decoders: integers beyond 2^53 are bigint, doubles are doubles. */
export const jsonValue = (): fc.Arbitrary<JsonValue> =>
  fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      bigInteger(),
      text(),
      fc.constantFrom('yes', 'no', '4.5', 'PASS', 'unknown'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(text(), tie('value'), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).value;

const textMap = (): fc.Arbitrary<Record<string, string>> =>
  fc.dictionary(text(), text(), { maxKeys: 4, noNullPrototype: true });

/** Plain objects, as the decoders make them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });

const timeMs = (): fc.Arbitrary<number> => fc.integer({ min: 0, max: 4_000_000_000_000 });

const nonEmptyText = (): fc.Arbitrary<string> => text().filter((value) => value !== '');

export const assessment = (overrides: Partial<Record<keyof Assessment, fc.Arbitrary<unknown>>> = {}) =>
  record({
    assessmentId: fc.uuid().map((id) => `a-${id}`),
    name: nonEmptyText(),
    kind: fc.constantFrom('feedback', 'feedback', 'feedback', 'expectation', 'issue'),
    spanId: optional(fc.constantFrom('00000000000000a1', '00000000000000a2')),
    sourceType: optional(fc.constantFrom('HUMAN', 'LLM_JUDGE', 'CODE')),
    sourceId: optional(text()),
    createTimeMs: optional(timeMs()),
    lastUpdateTimeMs: optional(timeMs()),
    value: jsonValue(),
    rationale: optional(text()),
    errorCode: optional(text()),
    errorMessage: optional(text()),
    errorStack: optional(text()),
    metadata: textMap(),
    valid: fc.boolean(),
    overrides: optional(text()),
    ...overrides,
  }) as fc.Arbitrary<Assessment>;

export const traceInfo = (): fc.Arbitrary<TraceInfo> =>
  record({
    traceId: fc.constant('tr-1'),
    experimentId: fc.constant('7'),
    clientRequestId: optional(text()),
    startTimeMs: timeMs(),
    executionTimeMs: optional(fc.nat()),
    state: fc.constantFrom('OK', 'ERROR', 'IN_PROGRESS', 'STATE_UNSPECIFIED'),
    requestPreview: optional(text()),
    responsePreview: optional(text()),
    tags: textMap(),
    metadata: textMap(),
    assessments: fc.array(assessment(), { maxLength: 4 }),
  });

const spanId = (): fc.Arbitrary<string> =>
  fc.integer({ min: 1, max: 12 }).map((id) => id.toString(16).padStart(16, '0'));

const timeNs = (): fc.Arbitrary<bigint> =>
  fc.bigInt({ min: 1_700_000_000_000_000_000n, max: 1_700_000_009_000_000_000n });

/** Spans of any shape: few ids, so that duplicates, cycles, orphans and several roots are common. */
const span = (): fc.Arbitrary<Span> =>
  record({
    spanId: spanId(),
    parentSpanId: optional(spanId()),
    name: text(),
    startTimeNs: timeNs(),
    endTimeNs: optional(timeNs()),
    status: fc.constantFrom('OK', 'ERROR', 'UNSET'),
    statusMessage: optional(text()),
    otelKind: fc.constantFrom(null, 'SERVER', 'CLIENT'),
    scope: optional(record({ name: text(), version: optional(text()) })),
    links: fc.array(
      record({
        traceId: text(),
        spanId: text(),
        attributes: fc.dictionary(text(), jsonValue(), { maxKeys: 2, noNullPrototype: true }),
      }),
      { maxLength: 2 },
    ),
    attributes: fc
      .tuple(
        fc.dictionary(text(), jsonValue(), { maxKeys: 3, noNullPrototype: true }),
        fc.record(
          {
            'mlflow.spanType': fc.constantFrom('LLM', 'TOOL', 'RETRIEVER', 'CHAIN'),
            'mlflow.spanInputs': jsonValue(),
            'mlflow.spanOutputs': jsonValue(),
            'mlflow.chat.tokenUsage': record({ input_tokens: fc.nat(99), output_tokens: fc.nat(99) }),
            'mlflow.llm.cost': record({ total_cost: fc.double({ min: 0, max: 1, noNaN: true }) }),
          },
          { requiredKeys: [], noNullPrototype: true },
        ),
      )
      .map(([any, known]) => ({ ...any, ...known })),
    events: fc.array(
      record({
        name: fc.constantFrom('exception', 'note'),
        timeNs: optional(timeNs()),
        attributes: fc.dictionary(text(), jsonValue(), { maxKeys: 2, noNullPrototype: true }),
      }),
      { maxLength: 2 },
    ),
  });

export const spanReading = (): fc.Arbitrary<SpanReading> =>
  fc.oneof(
    record({
      traceId: fc.constant('tr-1'),
      spanState: fc.constantFrom('complete', 'partial'),
      spans: fc.array(span(), { minLength: 1, maxLength: 8 }),
    }),
    fc.constant<SpanReading>({ traceId: 'tr-1', spanState: 'missing', spans: [] }),
    fc.constant<SpanReading>({ traceId: 'tr-1', spanState: 'unknown', spans: [] }),
  );
