/** Statements that count the rows of tables, as text: the driver rounds BIGINT. */

export const countRows = (table: string): string => `SELECT CAST(count(*) AS STRING) AS num_rows FROM ${table}`;

/** Row counts of several tables; `place` is the position in the list, as text. */
export const countEach = (names: readonly string[]): string =>
  names
    .map((name, place) => `SELECT '${place}' AS place, CAST(count(*) AS STRING) AS num_rows FROM ${name}`)
    .join(' UNION ALL ');
