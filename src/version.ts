/** Version of this program, from its package.json. */
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

/** As published: part of every run's fingerprint and ledger row. */
export const version: string = manifest.version;
