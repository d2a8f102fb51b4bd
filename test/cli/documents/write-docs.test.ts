import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedDocuments } from '../../../src/cli/documents/write-docs.js';
import { errorCatalogue, type ErrorEntry } from '../../../src/errors/index.js';
import { tables } from '../../../src/tables/index.js';
import type { Table } from '../../../src/tables/table.js';
import { allSettings } from '../../../src/config/settings.js';

const root = join(import.meta.dirname, '..', '..', '..');
const documents = generatedDocuments();

describe('generated documents', () => {
  it.each(Object.keys(documents))('%s is current (if not: npm run docs)', (path) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(documents[path]);
  });

  it('generated documents name every setting, every error code and every column', () => {
    for (const setting of allSettings())
      expect(documents['docs/configuration.md']).toContain(`\`${setting.path.at(-1)}\``);
    for (const code of Object.keys(errorCatalogue)) expect(documents['docs/errors.md']).toContain(`## ${code}\n`);
    for (const table of Object.values(tables) as Table[]) {
      for (const column of Object.keys(table.columns)) expect(documents['docs/tables.md']).toContain(`\`${column}\``);
    }
  });
});

describe('every setting', () => {
  it.each(allSettings().map((setting) => [setting.path.join('.'), setting] as const))(
    '%s says what it means',
    (_path, setting) => {
      expect(setting.description).toMatch(/\.$/);
      if (setting.type === 'integer') expect(setting.unit).toBeTruthy();
    },
  );
});

describe('every error', () => {
  const entries: [string, ErrorEntry][] = Object.entries(errorCatalogue);

  it.each(entries)('%s says what happened, what follows and what to do, in whole sentences', (_code, entry) => {
    for (const text of [entry.what, entry.consequence, entry.nextStep]) {
      expect(text).toMatch(/^(tracelift|[\p{Lu}`{]).*(\.|[}`])\s*$/su);
    }
  });

  it.each(entries)('the text of error %s has only well-formed placeholders', (_code, entry) => {
    const texts = [entry.what, entry.consequence, entry.nextStep].join(' ');
    // Text inside backquotes may hold examples of JSON or YAML.
    const withoutCode = texts.replace(/`[^`]*`/g, '');
    expect(withoutCode.replace(/\{[a-z][A-Za-z0-9]*\}/g, '')).not.toMatch(/[{}]/);
  });
});
