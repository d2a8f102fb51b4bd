/** How names and constants are written into SQL for Spark and Databricks. Imports the error catalogue only. */
import { TraceliftError } from '../../../errors/index.js';

/** The one way in which a name gets into SQL text; parts are joined by dots. */
export function quoteName(...parts: readonly string[]): string {
  return parts.map((part) => `\`${part.replaceAll('`', '``')}\``).join('.');
}

/**
 * A constant of tracelift's own, such as a column comment: never a value of a trace or of a user. Open-source Spark
 * replaces `${…}` even inside string literals, so a dollar sign is refused.
 */
export function quoteConstant(text: string): string {
  if (text.includes('$')) {
    throw new TraceliftError('Internal', { where: 'the Databricks adapter', reason: 'a dollar sign in a constant' });
  }
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;
}

/** One relation over files of one folder: `parquet.` with a brace list. Paths hold `[A-Za-z0-9-_./]` only. */
export function quoteFiles(locations: readonly string[]): string {
  const folders = new Map<string, string[]>();
  for (const location of locations) {
    const cut = location.lastIndexOf('/');
    const folder = location.slice(0, cut);
    folders.set(folder, [...(folders.get(folder) ?? []), location.slice(cut + 1)]);
  }
  return [...folders]
    .map(([folder, names]) => {
      const files = names.length === 1 ? (names[0] ?? '') : `{${names.join(',')}}`;
      return `SELECT *, _metadata.file_path AS staged_file FROM parquet.${quoteName(`${folder}/${files}`)}`;
    })
    .join('\n  UNION ALL ');
}
