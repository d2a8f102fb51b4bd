/**
 * One staged trace as one line of JSON, in the form of `stagedTraceSchema`. Imports the tables only.
 *
 * What no database column can hold is made storable here, so that one strange trace never stops its batch: lone
 * surrogates become U+FFFD, NaN and infinities NULL, integers beyond 64 bits NULL.
 */
import type { StagedTrace } from '../../tables/rows.js';
import { type StagedColumn, stagedTraceKey, stagedTraceSchema, type StagedType } from '../../tables/staged-trace.js';
import type { Column, ColumnType } from '../../tables/table.js';

type Fields = Readonly<Record<string, unknown>>;
type Encode<Value = unknown> = (value: Value) => string;

/** The line, without a line feed at its end and without one inside. */
export function stagedLine(trace: StagedTrace): string {
  return encodeTrace(stagedValues(trace));
}

function stagedValues(trace: StagedTrace): Record<StagedColumn, unknown> {
  const key = stagedTraceKey(trace);
  if (trace.kind === 'dead-letter') return { ...key, ...nothing, dead_letter: trace.deadLetter };
  const { raw, gold, dynamic, spans, documents, attachments, assessments, metrics } = trace;
  return { ...key, raw, gold, ...dynamic, spans, documents, attachments, assessments, metrics, dead_letter: null };
}

const nothing = {
  raw: null,
  gold: null,
  numbers: {},
  texts: {},
  spans: [],
  documents: [],
  attachments: [],
  assessments: [],
  metrics: [],
};

function encoderOf(type: StagedType): Encode {
  switch (type.kind) {
    case 'value':
      return encoders[type.type];
    case 'map':
      return encoderOfMap(encoders[type.valueType]) as Encode;
    case 'struct':
      return nullable(encoderOfMembers(type.fields, encoderOfColumn));
    case 'list':
      return encoderOfList(encoderOfMembers(type.fields, encoderOfColumn)) as Encode;
  }
}

function nullable(encode: Encode<Fields>): Encode {
  return (value) => (value === null ? 'null' : encode(value as Fields));
}

function encoderOfList(encode: Encode<Fields>): Encode<readonly Fields[]> {
  return (items) => `[${items.map(encode).join(',')}]`;
}

function encoderOfMap(encode: Encode): Encode<Fields> {
  return (map) => {
    const entries = Object.entries(map).map(([name, item]) => `${quoted(name)}:${encode(item)}`);
    return `{${entries.join(',')}}`;
  };
}

function encoderOfMembers<Type>(
  types: Readonly<Record<string, Type>>,
  encoder: (type: Type) => Encode,
): Encode<Fields> {
  const members = Object.entries(types).map(([name, type], index) => ({
    name,
    prefix: `${index === 0 ? '' : ','}"${name}":`,
    encode: encoder(type),
  }));
  return (fields) => {
    let text = '{';
    for (const { name, prefix, encode } of members) text += prefix + encode(fields[name]);
    return `${text}}`;
  };
}

function encoderOfColumn(column: Column): Encode {
  return column.type === 'TIMESTAMP' && !column.nullable ? encodeRequiredTimestamp : encoders[column.type];
}

function encodeText(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : 'null';
}

function encodeDouble(value: unknown): string {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : 'null';
}

function encodeBoolean(value: unknown): string {
  return typeof value === 'boolean' ? String(value) : 'null';
}

function encodeInteger(value: unknown): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value.toString() : 'null';
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'null';
  return encodeInteger(BigInt(Math.round(value)));
}

const quoted = (text: string): string => JSON.stringify(text.toWellFormed());

/** Bounds of what SQL dates and JavaScript dates both can say: the years 1 and 275760, in epoch milliseconds. */
const earliestMs = -62_135_596_800_000;
const latestMs = 8_640_000_000_000_000;

/** Times outside the storable years become NULL. */
function encodeTimestamp(value: unknown): string {
  const time = timeOf(value);
  return time === null || time.ms < earliestMs || time.ms >= latestMs ? 'null' : timeText(time);
}

/** Where a column needs a value, times outside the storable years become the nearest bound. */
function encodeRequiredTimestamp(value: unknown): string {
  const time = timeOf(value);
  if (time === null) return 'null';
  if (time.ms < earliestMs) return timeText({ ms: earliestMs, micros: 0 });
  return timeText(time.ms >= latestMs ? { ms: latestMs - 1, micros: 0 } : time);
}

/** Whole milliseconds of the epoch and the microseconds, 0..999, behind them. */
interface Time {
  readonly ms: number;
  readonly micros: number;
}

function timeText({ ms, micros }: Time): string {
  // Years of more than four digits come as "+055000-…", which SQL does not read.
  const text = new Date(ms).toISOString().replace(/^\+0*/, '');
  return `"${text.slice(0, -1)}${String(micros).padStart(3, '0')}Z"`;
}

/** @param value epoch microseconds */
function timeOf(value: unknown): Time | null {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return null;
    const micros = Math.round(value);
    if (!Number.isSafeInteger(micros)) return timeOf(BigInt(micros));
    const ms = Math.floor(micros / 1000);
    return { ms, micros: micros - ms * 1000 };
  }
  if (typeof value !== 'bigint') return null;
  const micros = ((value % 1000n) + 1000n) % 1000n;
  return { ms: Number((value - micros) / 1000n), micros: Number(micros) };
}

const encoders: Readonly<Record<ColumnType, Encode>> = {
  STRING: encodeText,
  JSON: encodeText,
  BIGINT: encodeInteger,
  DOUBLE: encodeDouble,
  BOOLEAN: encodeBoolean,
  TIMESTAMP: encodeTimestamp,
};

/** Put together once from the schema: looking it up anew for each of a trace's 200 values took most of the time. */
const encodeTrace = encoderOfMembers(stagedTraceSchema, encoderOf);
