/** Values between DuckDB and JavaScript, exact in both directions. Imports the DuckDB client and JSON. */
import {
  BIGINT,
  BOOLEAN,
  createDuckDBValueConverter,
  DuckDBDateValue,
  DOUBLE,
  DuckDBTypeId,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBValueConverter,
  HUGEINT,
  LIST,
  listValue,
  arrayFromArrayValue,
  arrayFromListValue,
  booleanFromValue,
  doubleFromDecimalValue,
  numberFromValue,
  objectArrayFromMapValue,
  objectFromStructValue,
  SQLNULL,
  stringFromValue,
  VARCHAR,
} from '@duckdb/node-api';
import type { JsonValue } from '../../json/json-value.js';
import { writeJson } from '../../json/write-json.js';

/** What a statement may take as a parameter. Lists hold values of one type. */
export type SqlValue = null | boolean | number | bigint | string | readonly (string | number | bigint)[];

/** Parameters by position, or by their names. */
export type SqlValues = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

/** What a row may hold: BIGINT as number where that is exact, else bigint; timestamps as epoch microseconds, likewise. */
export type ReadValue =
  null | boolean | number | bigint | string | readonly ReadValue[] | { readonly [key: string]: ReadValue };

const exactInteger = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

const integer = (value: DuckDBValue): number | bigint | null =>
  typeof value === 'bigint' ? exactInteger(value) : typeof value === 'number' ? value : null;

/** The one number of a timestamp, in the unit of its type. */
function unitsOf(value: DuckDBValue): bigint | null {
  if (typeof value !== 'object' || value === null) return null;
  const units: unknown = Object.values(value)[0];
  return typeof units === 'bigint' ? units : null;
}

const epochMicros =
  (factor: bigint, divisor: bigint) =>
  (value: DuckDBValue): number | bigint | null => {
    const units = unitsOf(value);
    return units === null ? null : exactInteger((units * factor) / divisor);
  };

const asText: DuckDBValueConverter<ReadValue> = (value) => (value === null ? null : String(value));

const converters: Readonly<Record<DuckDBTypeId, DuckDBValueConverter<ReadValue>>> = {
  ...(Object.fromEntries(
    Object.values(DuckDBTypeId)
      .filter((id): id is DuckDBTypeId => typeof id === 'number')
      .map((id) => [id, asText]),
  ) as Record<DuckDBTypeId, DuckDBValueConverter<ReadValue>>),
  [DuckDBTypeId.SQLNULL]: () => null,
  [DuckDBTypeId.BOOLEAN]: booleanFromValue,
  [DuckDBTypeId.TINYINT]: numberFromValue,
  [DuckDBTypeId.SMALLINT]: numberFromValue,
  [DuckDBTypeId.INTEGER]: numberFromValue,
  [DuckDBTypeId.UTINYINT]: numberFromValue,
  [DuckDBTypeId.USMALLINT]: numberFromValue,
  [DuckDBTypeId.UINTEGER]: numberFromValue,
  [DuckDBTypeId.BIGINT]: integer,
  [DuckDBTypeId.UBIGINT]: integer,
  [DuckDBTypeId.HUGEINT]: integer,
  [DuckDBTypeId.UHUGEINT]: integer,
  [DuckDBTypeId.FLOAT]: numberFromValue,
  [DuckDBTypeId.DOUBLE]: numberFromValue,
  [DuckDBTypeId.DECIMAL]: doubleFromDecimalValue,
  [DuckDBTypeId.VARCHAR]: stringFromValue,
  [DuckDBTypeId.ENUM]: stringFromValue,
  [DuckDBTypeId.TIMESTAMP]: epochMicros(1n, 1n),
  [DuckDBTypeId.TIMESTAMP_TZ]: epochMicros(1n, 1n),
  [DuckDBTypeId.TIMESTAMP_S]: epochMicros(1_000_000n, 1n),
  [DuckDBTypeId.TIMESTAMP_MS]: epochMicros(1000n, 1n),
  [DuckDBTypeId.TIMESTAMP_NS]: epochMicros(1n, 1000n),
  [DuckDBTypeId.LIST]: arrayFromListValue,
  [DuckDBTypeId.ARRAY]: arrayFromArrayValue,
  [DuckDBTypeId.STRUCT]: objectFromStructValue,
  [DuckDBTypeId.MAP]: objectArrayFromMapValue,
};

/** Converts a value that DuckDB returned; MAP comes as a list of `{key, value}`. */
export const readValue: DuckDBValueConverter<ReadValue> = createDuckDBValueConverter(converters);

/**
 * Converts a value for people and for JSON, without rounding: integers beyond 2^53, decimals, doubles that JSON cannot
 * show, timestamps (ISO 8601, UTC) and nested values come as text.
 */
export const displayValue = (value: DuckDBValue, type: DuckDBType): string | number | boolean | null => {
  const read = nestedDisplay(value, type, nestedDisplay);
  if (typeof read === 'bigint') return read.toString();
  if (typeof read === 'number' && !Number.isFinite(read)) return String(read);
  return typeof read === 'object' && read !== null ? writeJson(read as JsonValue) : read;
};

const nestedDisplay: DuckDBValueConverter<ReadValue> = createDuckDBValueConverter({
  ...converters,
  [DuckDBTypeId.DECIMAL]: asText,
  [DuckDBTypeId.DATE]: dateText,
  [DuckDBTypeId.TIMESTAMP]: isoText(1000n),
  [DuckDBTypeId.TIMESTAMP_TZ]: isoText(1000n),
  [DuckDBTypeId.TIMESTAMP_S]: isoText(1_000_000_000n),
  [DuckDBTypeId.TIMESTAMP_MS]: isoText(1_000_000n),
  [DuckDBTypeId.TIMESTAMP_NS]: isoText(1n),
});

const nanosPerMs = 1_000_000n;

/** As many digits of a second as there are: 3, 6 or 9. */
function isoText(nanosPerUnit: bigint): DuckDBValueConverter<ReadValue> {
  return (value) => {
    const units = unitsOf(value);
    if (units === null) return null;
    const nanos = units * nanosPerUnit;
    const nanosOfMs = ((nanos % nanosPerMs) + nanosPerMs) % nanosPerMs;
    const date = new Date(Number((nanos - nanosOfMs) / nanosPerMs));
    if (isInfinite(value)) return units > 0n ? 'infinity' : '-infinity';
    if (Number.isNaN(date.getTime())) return String(value);
    const text = date.toISOString().replace(/^\+0*/, '').slice(0, -1);
    const digits = nanosOfMs.toString().padStart(6, '0');
    return `${text}${nanosOfMs === 0n ? '' : digits.replace(/000$/, '')}Z`;
  };
}

/** Dates have infinities too; to the client they are days like any other. */
function dateText(value: DuckDBValue): string | null {
  if (!(value instanceof DuckDBDateValue) || value.isFinite) return value === null ? null : String(value);
  return value.days > 0 ? 'infinity' : '-infinity';
}

const isInfinite = (value: DuckDBValue): boolean =>
  typeof value === 'object' && value !== null && 'isFinite' in value && !value.isFinite;

/** The DuckDB type under which a parameter is bound: inferred types would turn 1 into INTEGER and 2^40 into HUGEINT. */
export function parameterType(value: SqlValue): DuckDBType {
  switch (typeof value) {
    case 'boolean':
      return BOOLEAN;
    case 'number':
      return Number.isSafeInteger(value) ? BIGINT : DOUBLE;
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? BIGINT : HUGEINT;
    case 'string':
      return VARCHAR;
    default: {
      if (value === null) return SQLNULL;
      const first = value[0];
      return LIST(first === undefined ? VARCHAR : parameterType(first));
    }
  }
}

/** The parameter as the DuckDB client takes it. */
export function parameterValue(value: SqlValue): DuckDBValue {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string') return value.toWellFormed();
  if (value !== null && typeof value === 'object') return listValue(value.map((item) => parameterValue(item)));
  return value;
}
