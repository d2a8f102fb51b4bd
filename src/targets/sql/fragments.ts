/** Pieces that several statements share. Imports the tables and the dialect only. */
import { spanStatesInOrder } from '../../tables/commit-rules.js';
import { traceKeyNames } from '../../tables/staged-trace.js';
import type { Dialect } from './dialect.js';

/** `a.x = b.x AND …` over the named columns; by default the trace key. */
export const sameKey = (left: string, right: string, names: readonly string[] = traceKeyNames): string =>
  names.map((name) => `${left}.${name} = ${right}.${name}`).join(' AND ');

/** `a.x, a.y, …` */
export const prefixed = (alias: string, names: readonly string[]): string =>
  names.map((name) => `${alias}.${name}`).join(', ');

/** Place of a span state in its order, from 0. An unknown word counts as the least. */
export function spanRank(sql: string, dialect: Dialect): string {
  const cases = spanStatesInOrder.map((state, rank) => `WHEN ${dialect.constant(state)} THEN ${rank}`);
  return `CASE ${sql} ${cases.join(' ')} ELSE 0 END`;
}

/** A row number that ranks copies of one key. */
export const copyNumber = (key: readonly string[], order: readonly string[]): string =>
  `row_number() OVER (PARTITION BY ${key.join(', ')} ORDER BY ${order.join(', ')})`;

/** One branch of a MERGE. */
export interface MergeBranch {
  readonly when: string;
  readonly then: string;
}

/** `UPDATE SET a = …, b = …`; names are column names as SQL writes them. */
export const updateSet = (assignments: readonly (readonly [string, string])[]): string =>
  `UPDATE SET ${assignments.map(([name, sql]) => `${name} = ${sql}`).join(', ')}`;

/** `INSERT (…) VALUES (…)`. */
export const insertRow = (assignments: readonly (readonly [string, string])[]): string =>
  `INSERT (${assignments.map(([name]) => name).join(', ')}) VALUES (${assignments.map(([, sql]) => sql).join(', ')})`;

/** The target is `t`, the source `s`. */
export function mergeStatement(
  target: string,
  source: string,
  key: readonly string[],
  branches: readonly MergeBranch[],
): string {
  return [
    `MERGE INTO ${target} AS t USING (${source}) AS s ON ${sameKey('t', 's', key)}`,
    ...branches.map(({ when, then }) => `WHEN ${when} THEN ${then}`),
  ].join('\n');
}
