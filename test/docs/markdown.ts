/** Reads the documents of this repository: their links, their code, the commands that they show. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { root } from '../imports.js';

/** Every document that people write or read, relative to the repository. */
export function documents(): string[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...inDocs.map((name) => join('docs', name))]
    .filter((name) => name.endsWith('.md'))
    .sort();
}

export const readDocument = (name: string): string => readFileSync(join(root, name), 'utf8');

/** The text without its fenced blocks of code. */
export function proseOf(text: string): string {
  return text.replace(/^```[^]*?^```/gm, '');
}

/** Contents of the fenced blocks of code of some languages; '' stands for none. */
export function codeBlocks(text: string, languages: readonly string[]): string[] {
  return [...text.matchAll(/^```(\w*)\n([^]*?)^```/gm)]
    .filter(([, language]) => languages.includes(language!))
    .map(([, , code]) => code!);
}

/** Texts between backquotes outside of fenced blocks. */
export function inlineCode(text: string): string[] {
  return [...proseOf(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
}

export interface Link {
  /** Target relative to the repository, without the part after `#`. */
  readonly path: string;
  /** The part after `#`, or null. */
  readonly anchor: string | null;
}

/** Links and images that lead to files of this repository. */
export function localLinks(document: string): Link[] {
  const targets = [...proseOf(readDocument(document)).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target!);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path, anchor = null] = target.split('#');
      return { path: path === '' ? document : normalize(join(dirname(document), path!)), anchor };
    });
}

/** Anchors of the headings of a document, as GitHub makes them. */
export function anchorsOf(text: string): string[] {
  return [...proseOf(text).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Command lines of tracelift in a text, each as its words after `tracelift`. Texts in quotes are one word. */
export function traceliftCommands(text: string): string[][] {
  const shell = codeBlocks(text, ['', 'sh']).flatMap((code) => code.replaceAll('\\\n', ' ').split('\n'));
  return [...shell, ...inlineCode(text)].flatMap((line) => {
    const found = /^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:npx )?tracelift (.*)$/.exec(line.trim());
    return found === null ? [] : [wordsOf(found[1]!)];
  });
}

function wordsOf(line: string): string[] {
  const beforeComment = line.replace(/\s#.*$/, '').replace(/\s[>|].*$/, '');
  return beforeComment.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
}

/** Statements that `tracelift query` gets in the code of a text. */
export function queriesOf(text: string): string[] {
  const code = [...codeBlocks(text, ['', 'sh']), ...inlineCode(text)];
  const found = code.flatMap((one) => [...one.matchAll(/tracelift query "([^"]+)"/g)]);
  return found.map(([, sql]) => sql!).filter((sql) => !sql.includes('…'));
}
