/** Request, response, people and files of a trace: whole, and counted as what they are. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/json/json-value.js';
import { examineTrace } from '../../src/trace/examine-trace.js';
import { proseOf } from '../../src/trace/prose.js';
import type { Span } from '../../src/trace/trace.js';
import { aSpan, anInfo, build, complete } from '../trace/sample-trace.js';

const withTexts = (id: string, parent: string | null, at: number, inputs?: string, outputs?: string): Span =>
  aSpan(id, parent, [at, at + 10], {
    ...(inputs === undefined ? {} : { 'mlflow.spanInputs': inputs }),
    ...(outputs === undefined ? {} : { 'mlflow.spanOutputs': outputs }),
  });
const textsOf = (...spans: Span[]) => examineTrace(anInfo, complete(spans)).texts;

test('a root without inputs has request and response of the first span below that has inputs', () => {
  const root = withTexts('POST /chat', null, 0);
  const middleware = withTexts('auth', 'POST /chat', 1);
  const agent = withTexts('agent', 'POST /chat', 2, 'question', 'answer');
  const inner = withTexts('call', 'agent', 3, 'prompt', 'completion');
  expect(textsOf(root, middleware, agent, inner)).toEqual({ request: 'question', response: 'answer' });
  expect(textsOf(withTexts('POST /chat', null, 0, undefined, 'body'), agent)).toEqual({
    request: 'question',
    response: 'body',
  });
});

test('a root with inputs keeps its own response, and has none where it says none', () => {
  expect(textsOf(withTexts('root', null, 0, 'own'), withTexts('a', 'root', 1, 'inner', 'inner'))).toEqual({
    request: 'own',
    response: null,
  });
});

test('inline data is no prose, whatever carries it, and the raw text keeps it', () => {
  const picture = randomBytes(60_000).toString('base64');
  const request = {
    messages: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${picture}` } },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: picture } },
    ],
  };
  const span = aSpan('a', null, [0, 1], { 'mlflow.spanInputs': request });
  const { texts, prose } = examineTrace(anInfo, complete([span]));
  expect(texts.request).toBe(JSON.stringify(request));
  expect(prose.request).toBe(JSON.stringify(request).replaceAll(picture, ''));
});

test('short inline data and files of a URL are no prose, and long words are', () => {
  expect(proseOf('see data:image/gif;base64,R0lGODlhAQABAAAAACw= here')).toBe('see data:image/gif;base64, here');
  expect(proseOf(`${'a'.repeat(5_000)} b`)).toBe(`${'a'.repeat(5_000)} b`);
  expect(proseOf('see mlflow-attachment://0f?content_type=image%2Fpng&trace_id=tr-1 here')).toBe('see  here');
  const words = 'the quick answer '.repeat(500);
  expect(proseOf(words)).toBe(words);
});

test('attachments of a trace are counted, each once', () => {
  const uri = (id: string) => `mlflow-attachment://${id}?content_type=image%2Fpng&trace_id=tr-1`;
  const inputs: JsonObject = { files: [uri('a'), uri('b'), { again: uri('a') }] };
  const numOf = (value: JsonObject) =>
    build(anInfo, complete([aSpan('a', null, [0, 1], { 'mlflow.spanInputs': value })])).gold.num_attachments;
  expect(numOf(inputs)).toBe(2);
  expect(numOf({})).toBe(0);
});

test('attachments are listed with their span, type and size, whatever the reference holds', () => {
  const uri = 'mlflow-attachment://0f2c9d1e-5b7a-4c3d-9e8f-0123456789ab?content_type=image%2Fpng&trace_id=tr-1&size=68';
  const rows = build(
    anInfo,
    complete([
      aSpan('root', null, [0, 9], { 'mlflow.spanInputs': { image: uri, text: `{"again": "${uri}"}` } }),
      aSpan('call', 'root', [1, 8], {
        'mlflow.spanInputs': `[{"url": "${uri}"}]`,
        'mlflow.spanOutputs': 'mlflow-attachment://bare and mlflow-attachment://?size=1',
        other: `mlflow-attachment://${'x'.repeat(300)} mlflow-attachment://odd?size=-1&content_type=%E0%A4%A`,
      }),
    ]),
  );
  const known = { content_type: 'image/png', size_bytes: 68, uri };
  const notCopied = { copied_path: null, sha256: null, copy_missing_reason: 'not_tried' };
  expect(rows.attachments).toMatchObject([
    { span_id: 'root', attachment_id: '0f2c9d1e-5b7a-4c3d-9e8f-0123456789ab', ...known, ...notCopied },
    { span_id: 'call', attachment_id: '0f2c9d1e-5b7a-4c3d-9e8f-0123456789ab', ...known },
    { span_id: 'call', attachment_id: 'bare', content_type: null, size_bytes: null },
    { span_id: 'call', attachment_id: 'odd', size_bytes: null },
  ]);
  expect(rows.gold.num_attachments).toBe(3);
  expect(build(anInfo, { ...complete([]), spanState: 'unknown' }).gold.num_attachments).toBeNull();
});

test('two people whose long ids begin alike are two, since spans have the ids whole', () => {
  const base = 'x'.repeat(260);
  const userOf = (id: string, stored = id.slice(0, 250)) =>
    build(
      { ...anInfo, metadata: { 'mlflow.trace.user': stored, 'mlflow.trace.session': stored } },
      complete([aSpan('a', null, [0, 1], { 'user.id': id, 'session.id': id })]),
    ).gold;
  expect(userOf(`${base}1`)).toMatchObject({ user_id: `${base}1`, session_id: `${base}1` });
  expect(userOf(`${base}2`).user_id).not.toBe(userOf(`${base}1`).user_id);
  expect(userOf(`${base}1`, JSON.stringify(`${base}1`).slice(0, 250)).user_id).toBe(`${base}1`);
  expect(userOf(`${base}1`, 'ann').user_id).toBe('ann');
});
