/** Writes docs/errors.md out of the catalogue. Pure. */
import { errorCatalogue, type ErrorEntry, type ErrorKind } from '../../errors/index.js';

const kindMeanings: Readonly<Record<ErrorKind, string>> = {
  input: 'the request must change',
  config: 'a setting or a right must change',
  data: 'the source or a table holds something unusable',
  transient: 'trying again may help; tracelift does so by itself',
  terminal: 'only a person can help',
};

const introduction = `# Errors

Generated from the catalogue (\`src/errors\`) by \`npm run docs\`; do not edit.

Every failure has one of these codes. Codes are stable: the command line prints them, Temporal shows them as the type of
a failure, dead letters carry them. A message says what went wrong and where, what follows from it, and what to do.
Words in braces are replaced by names, ids, counts and addresses; never by trace text or secrets.

| kind | meaning |
|---|---|
${Object.entries(kindMeanings)
  .map(([kind, meaning]) => `| ${kind} | ${meaning} |`)
  .join('\n')}
`;

/** The whole document, codes in alphabetical order. */
export function errorsMarkdown(): string {
  const entries: readonly (readonly [string, ErrorEntry])[] = Object.entries(errorCatalogue);
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return [introduction, ...sorted.map(([code, entry]) => errorSection(code, entry))].join('\n');
}

function errorSection(code: string, entry: ErrorEntry): string {
  return [
    `## ${code}`,
    '',
    `*${entry.kind}*`,
    '',
    `- **What**: ${oneLine(entry.what)}`,
    `- **Consequence**: ${oneLine(entry.consequence)}`,
    `- **Next step**: ${oneLine(entry.nextStep)}`,
    '',
  ].join('\n');
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}
