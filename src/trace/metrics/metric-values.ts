/**
 * From values that were given for the metrics of a trace to one value per metric column. The order in which they come
 * never matters. Pure.
 */
import type { DynamicValues, StagedMetricRow } from '../../tables/rows.js';
import type { TypedValue } from './assessment-value.js';
import { metricColumnName, metricSuffixes } from './metric-name.js';

/** One value that was given for one metric. */
export interface GivenValue {
  /** As logged; of a nested value with the path to it, joined by dots. */
  readonly rawName: string;
  /** Null where the scorer failed: the metric has its column, but no value. */
  readonly value: TypedValue | null;
  /** HUMAN has columns of its own. */
  readonly sourceType: string | null;
  /** Null where it speaks of the whole trace. */
  readonly spanId: string | null;
  /** Epoch milliseconds; 0 where nobody says. */
  readonly timeMs: number;
  /** Orders equal times, and makes sums independent of the order of arrival. */
  readonly canonical: string;
}

/** A value that is there. */
type PresentValue = GivenValue & { readonly value: TypedValue };

/** Metric columns of one trace and the names that feed them. */
export interface TraceMetrics {
  readonly dynamic: DynamicValues;
  /** Once per column, raw name, scale and source type; sorted. */
  readonly names: readonly StagedMetricRow[];
}

export function metricsOf(given: readonly GivenValue[]): TraceMetrics {
  const valuesOf = new Map<string, GivenValue[]>();
  const names = new Map<string, StagedMetricRow>();
  for (const one of given) {
    const column = metricColumnName(one.rawName);
    const name = nameRow(column, one);
    if (name !== null) names.set(JSON.stringify(Object.values(name)), name);
    const target = one.sourceType === 'HUMAN' ? column + metricSuffixes.human : column;
    const values = valuesOf.get(target);
    if (values === undefined) valuesOf.set(target, [one]);
    else values.push(one);
  }
  const sorted = [...names].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
  return { dynamic: dynamicValues(valuesOf), names: sorted };
}

function nameRow(column: string, { rawName, value, sourceType }: GivenValue): StagedMetricRow | null {
  if (value === null) return null;
  const scale = value.boolean !== null ? 'boolean' : value.number !== null ? 'number' : 'text';
  return { column_name: column, raw_name: rawName.toWellFormed(), scale, source_type: sourceType };
}

function dynamicValues(valuesOf: ReadonlyMap<string, readonly GivenValue[]>): DynamicValues {
  const numbers: Record<string, number | null> = {};
  const texts: Record<string, string> = {};
  for (const [column, values] of valuesOf) {
    const present = values.filter((given): given is PresentValue => given.value !== null);
    if (present.length === 0) {
      numbers[column] = null;
      continue;
    }
    const { number, label } = verdict(present);
    if (number !== null) numbers[column] = number;
    if (label !== null) texts[column + metricSuffixes.label] = label;
  }
  return { numbers, texts };
}

/** The newest value of the trace itself; else, over the spans that were judged, the mean of the newest of each. */
function verdict(values: readonly PresentValue[]): { number: number | null; label: string | null } {
  const newestOf = new Map<string | null, PresentValue>();
  for (const given of values) {
    const known = newestOf.get(given.spanId);
    if (known === undefined || isNewer(given, known)) newestOf.set(given.spanId, given);
  }
  const ofTrace = newestOf.get(null);
  if (ofTrace !== undefined) return ofTrace.value;
  const perSpan = [...newestOf.values()].sort((left, right) => (isNewer(left, right) ? -1 : 1));
  const numbers = perSpan.flatMap(({ value }) => (value.number === null ? [] : [value.number]));
  return {
    number: numbers.length === 0 ? null : mean(numbers),
    label: perSpan.find(({ value }) => value.label !== null)?.value.label ?? null,
  };
}

/** Adds first, so that six times 1 has the mean 1; where that overflows it divides first. */
function mean(numbers: readonly number[]): number {
  const sum = numbers.reduce((total, number) => total + number, 0);
  if (Number.isFinite(sum)) return sum / numbers.length;
  return numbers.reduce((total, number) => total + number / numbers.length, 0);
}

function isNewer(left: GivenValue, right: GivenValue): boolean {
  const difference = left.timeMs - right.timeMs;
  return difference === 0 ? left.canonical > right.canonical : difference > 0;
}
