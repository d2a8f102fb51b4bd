/** Reads the imports of a TypeScript file, for the tests of the architecture. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

export const root = resolve(import.meta.dirname, '..');

/** One import or re-export of one file. */
export interface Import {
  /** Importing file, relative to the repository. */
  readonly file: string;
  /** As written: `./x.js`, `axios`, `node:fs`. */
  readonly specifier: string;
  /** Imported file relative to the repository, with the `.ts` extension; null for packages and builtins. */
  readonly target: string | null;
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** Every TypeScript file below a folder of the repository, relative to the repository, sorted. */
export function sourceFiles(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** Static, dynamic and type imports, and re-exports. */
export function importsOf(file: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    found.push({ file, specifier: specifier.text, target: targetOf(file, specifier.text), typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node));
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest));
  return found;
}

/** `import type …`, or every named import marked `type`. */
function isTypeOnly(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  if (clause.name !== undefined || names === undefined || !ts.isNamedImports(names)) return false;
  return names.elements.length > 0 && names.elements.every((element) => element.isTypeOnly);
}

function targetOf(file: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  return join(dirname(file), specifier).replace(/\.js$/, '.ts');
}

/** `@scope/name` or `name` of a package import; `node:…` for builtins; null for files. */
export function packageOf(specifier: string): string | null {
  if (specifier.startsWith('.')) return null;
  if (specifier.startsWith('node:')) return specifier;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
