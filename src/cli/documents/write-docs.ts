/** Writes the generated documents: `npm run docs`. Entry point; nothing imports it but the test of the documents. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pricesJsonSchema } from '../../config/prices-schema.js';
import { configurationMarkdown } from '../../config/reference.js';
import { errorsMarkdown } from './errors.js';
import { tablesMarkdown } from './tables.js';

/** Every generated document: path below the repository -> its text. */
export function generatedDocuments(): Readonly<Record<string, string>> {
  return {
    'docs/configuration.md': configurationMarkdown(),
    'docs/errors.md': errorsMarkdown(),
    'docs/prices.schema.json': pricesJsonSchema(),
    'docs/tables.md': tablesMarkdown(),
  };
}

/** Writes them below `root`. */
export function writeDocuments(root: string): void {
  for (const [path, text] of Object.entries(generatedDocuments())) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeDocuments(join(import.meta.dirname, '..', '..', '..'));
