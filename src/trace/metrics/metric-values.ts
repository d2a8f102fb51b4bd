/**
 * From values that were given for the metrics of a trace to one value per metric column. The order in which they come
 * never matters. Pure.
 */
import { writeJson } from '../../json/write-json.js';
import type { JsonObject, JsonValue } from '../../json/json-value.js';
import type { DynamicValues, StagedMetricRow } from '../../tables/rows.js';
import type { TypedValue } from './assessment-value.js';
import { canonicalAssessment } from '../source-hash.js';
import type { Assessment } from '../trace.js';
import { metricColumnName, metricPrefix, metricSuffixes } from './metric-name.js';

/** One value that was given for one metric. */
export interface GivenValue {
  /** As logged; of a nested value with the path to it, joined by dots. */
  readonly rawName: string;
  /** Null where the scorer failed: the metric has its column, but no value. */
  readonly value: TypedValue | null;
  /** Null where it speaks of the whole trace. */
  readonly spanId: string | null;
  /** What holds the value; null where the configuration took it from elsewhere: then code made it, nobody says when. */
  readonly assessment: Assessment | null;
}

/** A value that is there. */
type PresentValue = GivenValue & { readonly value: TypedValue };

/** Metric columns of one trace and what feeds them. */
export interface TraceMetrics {
  readonly dynamic: DynamicValues;
  /** Once per column, raw name, scale and source type; sorted. */
  readonly names: readonly StagedMetricRow[];
  /** Every given value as gold's `feedback_values` holds it: a JSON array. */
  readonly values: string;
}

/** What is given for one column. */
interface ColumnValues {
  readonly column: string;
  readonly given: GivenValue[];
}

/** What a column holds, and of which values it is made. */
interface Verdict {
  readonly number: number | null;
  readonly label: string | null;
  readonly counted: readonly GivenValue[];
}

/** @param personId the id of a reviewer as gold holds it */
export function metricsOf(given: readonly GivenValue[], personId: (id: string) => string): TraceMetrics {
  const valuesOf = new Map<string, ColumnValues>();
  const names = new Map<string, StagedMetricRow>();
  for (const one of given) {
    const column = metricColumnName(one.rawName);
    if (one.value !== null) addName(names, column, one, one.value);
    const target = sourceTypeOf(one) === 'HUMAN' ? column + metricSuffixes.human : column;
    const values = valuesOf.get(target);
    if (values === undefined) valuesOf.set(target, { column, given: [one] });
    else values.given.push(one);
  }
  const sorted = [...names].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
  return { ...columnsAndValues(valuesOf, personId), names: sorted };
}

function addName(
  names: Map<string, StagedMetricRow>,
  column: string,
  given: GivenValue,
  { boolean, number }: TypedValue,
): void {
  const source_type = sourceTypeOf(given);
  const scale = boolean !== null ? 'boolean' : number !== null ? 'number' : 'text';
  const raw_name = given.rawName.toWellFormed();
  const key = [column, raw_name, scale, source_type ?? ''].join('\n');
  if (!names.has(key)) names.set(key, { column_name: column, raw_name, scale, source_type });
}

function columnsAndValues(
  valuesOf: ReadonlyMap<string, ColumnValues>,
  personId: (id: string) => string,
): Omit<TraceMetrics, 'names'> {
  const numbers: Record<string, number | null> = {};
  const texts: Record<string, string> = {};
  const values: JsonValue[] = [];
  for (const [target, { column, given }] of valuesOf) {
    const { number, label, counted } = verdict(given);
    const isEmpty = number === null && label === null;
    if (number !== null || isEmpty) numbers[target] = number;
    if (label !== null) texts[target + metricSuffixes.label] = label;
    const newest = new Set<GivenValue>(newestBy(given, sourceAndSpan).values());
    for (const one of given) {
      values.push({
        ...valueEntry(column, one),
        is_counted: counted.includes(one),
        is_newest: newest.has(one),
        source_name: sourceName(one, personId),
      });
    }
  }
  return { dynamic: { numbers, texts }, values: writeJson(values) };
}

/** Judges have names; people have ids. */
function sourceName({ assessment }: GivenValue, personId: (id: string) => string): string | null {
  const id = assessment?.sourceId ?? null;
  return id !== null && assessment?.sourceType === 'HUMAN' ? personId(id) : id;
}

function valueEntry(column: string, given: GivenValue): JsonObject {
  const { value, assessment } = given;
  const timeMs = timeOf(given);
  return {
    metric: column.slice(metricPrefix.length),
    raw_name: given.rawName,
    value: value?.number ?? null,
    label: value === null ? null : wordOf(value),
    is_error: value === null,
    source_type: sourceTypeOf(given),
    span_id: given.spanId,
    assessment_id: assessment?.assessmentId ?? null,
    judged_at_ms: timeMs === 0 ? null : timeMs,
  };
}

/** Truth values are words too, in one spelling: two people who say "yes" and "pass" agree. */
const wordOf = ({ label, boolean }: TypedValue): string | null => label ?? boolean?.toString() ?? null;

/** The newest value of the trace itself; else, over the spans that were judged, the mean of the newest of each. */
function verdict(given: readonly GivenValue[]): Verdict {
  const newestOf = newestBy(given, (one) => one.spanId);
  const ofTrace = newestOf.get(null);
  if (ofTrace !== undefined) return { number: ofTrace.value.number, label: ofTrace.value.label, counted: [ofTrace] };
  const counted = [...newestOf.values()].sort((left, right) => (isNewer(left, right) ? -1 : 1));
  const numbers = counted.flatMap(({ value }) => (value.number === null ? [] : [value.number]));
  return {
    number: numbers.length === 0 ? null : mean(numbers),
    label: counted.find(({ value }) => value.label !== null)?.value.label ?? null,
    counted,
  };
}

/** Of the values that are there, the newest for each key. */
function newestBy<K>(given: readonly GivenValue[], keyOf: (one: GivenValue) => K): Map<K, PresentValue> {
  const newestOf = new Map<K, PresentValue>();
  for (const one of given) {
    if (!isPresent(one)) continue;
    const key = keyOf(one);
    const known = newestOf.get(key);
    if (known === undefined || isNewer(one, known)) newestOf.set(key, one);
  }
  return newestOf;
}

const sourceAndSpan = (given: GivenValue): string =>
  `${sourceTypeOf(given) ?? ''}\n${given.spanId ?? ''}\n${given.assessment?.sourceId ?? ''}`;

const isPresent = (given: GivenValue): given is PresentValue => given.value !== null;

/** Adds first, so that six times 1 has the mean 1; where that overflows it divides first. */
function mean(numbers: readonly number[]): number {
  const sum = numbers.reduce((total, number) => total + number, 0);
  if (Number.isFinite(sum)) return sum / numbers.length;
  return numbers.reduce((total, number) => total + number / numbers.length, 0);
}

function isNewer(left: GivenValue, right: GivenValue): boolean {
  const difference = timeOf(left) - timeOf(right);
  return difference === 0 ? orderOf(left) > orderOf(right) : difference > 0;
}

/** Orders equal times, and makes sums independent of the order of arrival. */
const orderOf = ({ value, spanId, assessment }: GivenValue): string =>
  assessment === null ? JSON.stringify([spanId, value]) : canonicalAssessment(assessment);

/** HUMAN has columns of its own. */
const sourceTypeOf = ({ assessment }: GivenValue): string | null =>
  assessment === null ? 'CODE' : assessment.sourceType;

const timeOf = ({ assessment }: GivenValue): number => (assessment === null ? 0 : assessmentTimeMs(assessment));

/** Time of a version, epoch milliseconds; 0 where the source gives none. */
export function assessmentTimeMs({ lastUpdateTimeMs, createTimeMs }: Assessment): number {
  return lastUpdateTimeMs ?? createTimeMs ?? 0;
}
