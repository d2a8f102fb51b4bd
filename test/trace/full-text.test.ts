import { describe, expect, test } from 'vitest';
import type { SpanReading, TraceInfo } from '../../src/trace/trace.js';
import { aSpan, anInfo, build, complete } from './sample-trace.js';
import { examineTrace } from '../../src/trace/examine-trace.js';

describe('request and response', () => {
  const texts = (reading: SpanReading, info: TraceInfo = anInfo) => examineTrace(info, reading).texts;
  const withTexts = (id: string, parent: string | null, at: number, inputs?: unknown, outputs?: unknown) =>
    aSpan(id, parent, [at, at + 10], {
      ...(inputs === undefined ? {} : { 'mlflow.spanInputs': inputs as string }),
      ...(outputs === undefined ? {} : { 'mlflow.spanOutputs': outputs as string }),
    });

  test('request and response are the whole inputs and outputs of the root: text as text, the rest as JSON', () => {
    const long = 'x'.repeat(5000);
    const reading = complete([withTexts('b', 'a', 5, 'inner'), withTexts('a', null, 9, long, { answer: [1, null] })]);
    expect(texts(reading)).toEqual({ request: long, response: '{"answer":[1,null]}' });
  });

  test('request and response are never the preview', () => {
    const info = { ...anInfo, requestPreview: 'cut', responsePreview: 'cut' };
    expect(texts(complete([withTexts('a', null, 0)]), info)).toEqual({ request: null, response: null });
    const { raw, gold } = build(info, { traceId: 'tr-1', spanState: 'missing', spans: [] });
    expect(raw).toMatchObject({ request: null, response: null, request_preview: 'cut', response_preview: 'cut' });
    expect(gold.request_hash).toBeNull();
  });

  test('request and response come from the root that names the trace where there are several, and from the next where it is silent', () => {
    const reading = complete([withTexts('a', null, 0, 'early', 'first'), withTexts('b', null, 5, 'named')]);
    expect(texts(reading)).toEqual({ request: 'early', response: 'first' });
    const named = { ...anInfo, tags: { 'mlflow.traceName': 'b' } };
    expect(texts(reading, named)).toEqual({ request: 'named', response: 'first' });
  });

  test('request and response come from the topmost span where the trace has no root of its own', () => {
    const reading = complete([withTexts('b', 'elsewhere', 3, 'top', 'out'), withTexts('c', 'b', 4, 'inner')]);
    expect(texts(reading)).toEqual({ request: 'top', response: 'out' });
  });

  test('request and response never come from a span that only lost its parent while a true root exists', () => {
    const reading = complete([withTexts('root', null, 0), withTexts('lost', 'elsewhere', 1, 'inner', 'inner')]);
    expect(texts(reading)).toEqual({ request: null, response: null });
  });

  test('request and response keep an empty text and drop an absent value', () => {
    expect(texts(complete([withTexts('a', null, 0, '', null)]))).toEqual({ request: '', response: null });
  });
});
