/**
 * One staged trace as one line of JSON, in the form of `stagedTraceSchema`. Imports domain only.
 *
 * What no database column can hold is made storable here, so that one strange trace never stops its batch: lone
 * surrogates become U+FFFD, NaN and infinities NULL, integers beyond 64 bits NULL.
 */
import type { StagedTrace } from '../../domain/tables/rows.js';
import {
  type StagedColumn,
  stagedTraceKey,
  stagedTraceSchema,
  type StagedType,
} from '../../domain/tables/staged-trace.js';
import type { Column, Columns, ColumnType } from '../../domain/tables/table.js';

type Fields = Readonly<Record<string, unknown>>;

/** The line, without a line feed at its end and without one inside. */
export function stagedLine(trace: StagedTrace): string {
  const values = stagedValues(trace);
  const parts: string[] = [];
  for (const [name, type] of Object.entries(stagedTraceSchema)) {
    parts.push(`"${name}":${encode(type, values[name as StagedColumn])}`);
  }
  return `{${parts.join(',')}}`;
}

function stagedValues(trace: StagedTrace): Record<StagedColumn, unknown> {
  const key = stagedTraceKey(trace);
  const nothing = { raw: null, gold: null, numbers: {}, texts: {}, spans: [], documents: [], assessments: [] };
  if (trace.kind === 'dead-letter') return { ...key, ...nothing, dead_letter: trace.deadLetter };
  const { raw, gold, dynamic, spans, documents, assessments } = trace;
  return { ...key, raw, gold, ...dynamic, spans, documents, assessments, dead_letter: null };
}

function encode(type: StagedType, value: unknown): string {
  switch (type.kind) {
    case 'value':
      return encodeValue(type.type, value);
    case 'map':
      return encodeMap(type.valueType, value as Fields);
    case 'struct':
      return value === null ? 'null' : encodeStruct(type.fields, value as Fields);
    case 'list':
      return `[${(value as readonly Fields[]).map((item) => encodeStruct(type.fields, item)).join(',')}]`;
  }
}

function encodeMap(valueType: ColumnType, value: Fields): string {
  const entries = Object.entries(value).map(([name, item]) => `${quoted(name)}:${encodeValue(valueType, item)}`);
  return `{${entries.join(',')}}`;
}

function encodeStruct(fields: Columns, value: Fields): string {
  const parts: string[] = [];
  for (const [name, column] of Object.entries(fields)) {
    parts.push(`"${name}":${encodeField(column, value[name])}`);
  }
  return `{${parts.join(',')}}`;
}

function encodeField(column: Column, value: unknown): string {
  if (column.type === 'TIMESTAMP') return encodeTimestamp(value, column.nullable);
  return encodeValue(column.type, value);
}

function encodeValue(type: ColumnType, value: unknown): string {
  switch (type) {
    case 'STRING':
    case 'JSON':
      return typeof value === 'string' ? quoted(value) : 'null';
    case 'BIGINT':
      return encodeInteger(value);
    case 'DOUBLE':
      return typeof value === 'number' && Number.isFinite(value) ? String(value) : 'null';
    case 'BOOLEAN':
      return typeof value === 'boolean' ? String(value) : 'null';
    case 'TIMESTAMP':
      return encodeTimestamp(value, true);
  }
}

const quoted = (text: string): string => JSON.stringify(text.toWellFormed());

function encodeInteger(value: unknown): string {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value.toString() : 'null';
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'null';
  return encodeInteger(BigInt(Math.round(value)));
}

/** Bounds of what SQL dates and JavaScript dates both can say: the years 1 and 275760, in epoch milliseconds. */
const earliestMs = -62_135_596_800_000;
const latestMs = 8_640_000_000_000_000;

/** Times outside the storable years become NULL, or the nearest bound where a column needs a value. */
function encodeTimestamp(value: unknown, isNullable: boolean): string {
  const micros = epochMicros(value);
  if (micros === null) return 'null';
  const microsOfMs = ((micros % 1000n) + 1000n) % 1000n;
  const ms = Number((micros - microsOfMs) / 1000n);
  if (ms < earliestMs || ms >= latestMs) {
    return isNullable ? 'null' : encodeTimestamp(BigInt(ms < earliestMs ? earliestMs : latestMs - 1) * 1000n, false);
  }
  // Years of more than four digits come as "+055000-…", which SQL does not read.
  const text = new Date(ms).toISOString().replace(/^\+0*/, '');
  return `"${text.slice(0, -1)}${microsOfMs.toString().padStart(3, '0')}Z"`;
}

function epochMicros(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isFinite(value) ? BigInt(Math.round(value)) : null;
}
