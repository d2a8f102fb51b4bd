/**
 * Turns the SQL that a Databricks warehouse takes into what open-source Spark takes: parameters become typed literals,
 * the Unity Catalog becomes `spark_catalog`, Volume paths become folders. Pure, for tests only.
 */

/** A bound value as the driver sends it; `value` undefined is NULL. */
export interface BoundParameter {
  readonly name: string | undefined;
  readonly type: string | undefined;
  readonly value: string | undefined;
}

export interface DialectOptions {
  /** Names of Unity catalogs that stand for `spark_catalog`. */
  readonly catalogs: readonly string[];
  /** Folder that stands for `/Volumes`. */
  readonly volumesFolder: string;
}

/** Literals, quoted identifiers, comments, parameter markers, words; anything else is one character. */
const token =
  /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`]|``)*`|--[^\n]*|\/\*[\s\S]*?\*\/|:[A-Za-z_]\w*|\?|[A-Za-z_]\w*|[\s\S]/g;

/**
 * Statements that only Databricks knows (tags, constraints, grants, clustering of an existing table): Spark cannot
 * check them, so they are accepted unseen.
 * https://docs.databricks.com/aws/en/sql/language-manual/
 */
const databricksOnly =
  /^\s*(?:GRANT|REVOKE|OPTIMIZE\s+\S+\s+FULL|ALTER\s+TABLE\s+\S+\s+(?:SET\s+TAGS|UNSET\s+TAGS|ADD\s+CONSTRAINT\s+\S+\s+PRIMARY|CLUSTER\s+BY\s+AUTO|ALTER\s+COLUMN\s+\S+\s+SET\s+TAGS))\b/i;

/** True for statements that open-source Spark cannot run at all. */
export function isDatabricksOnly(sql: string): boolean {
  return databricksOnly.test(sql);
}

/** The statement in open-source Spark's words, with its parameters written in. */
export function toSparkSql(sql: string, parameters: readonly BoundParameter[], options: DialectOptions): string {
  const catalogs = new Set(options.catalogs.map((name) => name.toLowerCase()));
  const tokens = sql.match(token) ?? [];
  let nextOrdinal = 0;
  return tokens
    .map((piece, index) => {
      if (piece === '?') return literal(parameters[nextOrdinal++]);
      if (/^:[A-Za-z_]/.test(piece) && tokens[index - 1] !== ':') {
        return literal(parameters.find(({ name }) => name === piece.slice(1)));
      }
      if (piece.startsWith('`/Volumes/')) return piece.replace('`/Volumes', `\`${options.volumesFolder}`);
      const isQualified = tokens[index + 1] === '.' && tokens[index - 1] !== '.';
      if (isQualified && catalogs.has(piece.replace(/^`|`$/g, '').toLowerCase())) return '`spark_catalog`';
      return piece;
    })
    .join('');
}

/**
 * A typed literal. Spark replaces `${env:HOME}` inside SQL text, string literals included, hence `\u0024`.
 * @throws Error for a marker without a value: the test would otherwise bind NULL unseen.
 */
function literal(parameter: BoundParameter | undefined): string {
  if (parameter === undefined) throw new Error('UNBOUND_SQL_PARAMETER');
  const { value, type } = parameter;
  if (value === undefined) return 'NULL';
  const text = value
    .replace(/[\\']/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('$', '\\u0024');
  return type === undefined || type === 'STRING' ? `'${text}'` : `CAST('${text}' AS ${type})`;
}
