/** Lists that stand in two rooms, since neither may import the other, are the same. */
import { expect, it } from 'vitest';
import { encodings } from '../../src/config/schema.js';
import { duckDbTypes } from '../../src/targets/duckdb/sql/types.js';
import { duckDbTypes as typesOfStagedFiles } from '../../src/targets/local-staging/parquet-writer.js';
import { encodingNames } from '../../src/tokenizer/encodings.js';

it('the configuration offers exactly the token encodings that the tokenizer has', () => {
  expect(encodings).toEqual(encodingNames);
});

it('staged files have the column types of the tables in DuckDB', () => {
  expect(typesOfStagedFiles).toEqual(duckDbTypes);
});
