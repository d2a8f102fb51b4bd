/** What an upgrade of existing tables plans. */
import { describe, expect, test } from 'vitest';
import { tables } from '../../src/tables/index.js';
import { planSchema, readSchemaVersion, type FoundSchema, type WantedSchema } from '../../src/tables/plan-schema.js';
import { bigint, defineTable, type ExistingColumn, required, text, type Columns } from '../../src/tables/table.js';

const windows = (columns: Columns) =>
  defineTable({ name: 'w', comment: 'Windows', sensitivity: 'facts', key: ['id'], columns } as never);
const id = { id: required(text('Id')) };

const wanted = (columns: Columns, changes: WantedSchema['changes'] = []): WantedSchema => ({
  version: 3,
  tables: { windows: windows({ ...id, ...columns }) } as unknown as WantedSchema['tables'],
  changes,
});

const column = (name: string, type: ExistingColumn['type'] = 'STRING', comment = ''): ExistingColumn => ({
  name,
  type,
  sqlType: type ?? 'BLOB',
  nullable: true,
  comment,
});

const found = (version: number | null, ...columns: readonly ExistingColumn[]): FoundSchema => ({
  columns: new Map([['windows', [column('id', 'STRING', 'Id'), ...columns]]]),
  version,
  location: 'here',
  nameOf: () => 'w',
});

const changesOf = (schema: FoundSchema, definition: WantedSchema, adopt = false) =>
  planSchema(schema, adopt, definition)[0]?.changes;

describe('the plan of an upgrade', () => {
  test('the plan of an upgrade creates every table that is missing, in the order of the definitions', () => {
    const none: FoundSchema = { ...found(null), columns: new Map() };
    const plans = planSchema(none, false);
    expect(plans.map(({ role }) => role)).toEqual(Object.keys(tables));
    expect(plans.every(({ isNew, changes }) => isNew && changes.length === 0)).toBe(true);
  });

  test('the plan of an upgrade adds a nullable column that tables of ours lack, in the same version too', () => {
    const add = { kind: 'add', column: { name: 'more', type: 'BIGINT', comment: 'More' } };
    expect(changesOf(found(3), wanted({ more: bigint('More') }))).toEqual([add]);
    expect(changesOf(found(3, column('more', 'BIGINT')), wanted({ more: bigint('More') }))).toEqual([]);
  });

  test('the plan of an upgrade refuses to add what may not be NULL, and to touch tables of others unless they are adopted', () => {
    const refusal = expect.objectContaining({ code: 'TableShapeDiffers' }) as Error;
    const [strict, lenient] = [wanted({ more: required(text('More')) }), wanted({ more: text('More') })];
    expect(() => planSchema(found(3), false, strict)).toThrow(refusal);
    expect(() => planSchema(found(null), false, lenient)).toThrow(refusal);
    expect(changesOf(found(null), lenient, true)).toHaveLength(1);
    expect(() => planSchema(found(null, column('more', null)), true, lenient)).toThrow(refusal);
  });

  test('the plan of an upgrade renames and drops only what the found version still has, and what is left after an interruption', () => {
    const definition = wanted({ fresh: text('Fresh') }, [
      { since: 2, table: 'windows', kind: 'drop', column: 'gone' },
      { since: 3, table: 'windows', kind: 'rename', from: 'old', to: 'fresh' },
    ]);
    const ofKind = (schema: FoundSchema) => changesOf(schema, definition)?.filter(({ kind }) => kind !== 'comment');
    const [drop, rename] = [
      { kind: 'drop', column: 'gone' },
      { kind: 'rename', from: 'old', to: 'fresh' },
    ];
    expect(ofKind(found(1, column('gone'), column('old')))).toEqual([drop, rename]);
    expect(ofKind(found(2, column('gone'), column('OLD')))).toEqual([rename]);
    expect(ofKind(found(1, column('gone'), column('fresh')))).toEqual([drop]);
    expect(ofKind(found(3, column('gone'), column('fresh')))).toEqual([]);
  });

  test('the plan of an upgrade describes columns anew with a new version, and leaves comments alone otherwise', () => {
    const definition = wanted({ note: text('Note') });
    const changed = column('note', 'STRING', 'Another note');
    expect(changesOf(found(2, changed), definition)).toEqual([
      { kind: 'comment', column: null, comment: 'Windows' },
      { kind: 'comment', column: 'note', comment: 'Note' },
    ]);
    expect(changesOf(found(3, changed), definition)).toEqual([]);
  });

  test('the plan of an upgrade ignores columns of others, whatever their names and types', () => {
    expect(changesOf(found(3, column('theirs', null)), wanted({}))).toEqual([]);
  });
});

describe('the version of tables', () => {
  test('the version of tables is none where none was written, and a newer or unreadable one is refused', () => {
    expect(readSchemaVersion(undefined, 'here')).toBeNull();
    expect(readSchemaVersion('1', 'here')).toBe(1);
    for (const text of ['999', '1.5', 'two']) {
      expect(() => readSchemaVersion(text, 'here')).toThrow(expect.objectContaining({ code: 'WarehouseSchemaNewer' }));
    }
  });
});
