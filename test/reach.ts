/** What a function of a file uses, directly and by the other declarations of its file. For the tests of the architecture. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './imports.js';

export interface Reach {
  /** Specifiers of the imports whose values are used, dynamic ones too. Types are left at the door. */
  readonly imports: readonly string[];
  /** Names of variables and properties that occur. */
  readonly names: ReadonlySet<string>;
}

/** Null where the file declares no such function, or only passes on somebody else's. */
export function reachOf(file: string, name: string): Reach | null {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const declared = new Map(source.statements.flatMap(declarationsIn));
  const imported = new Map(source.statements.flatMap(importedValues));
  if (!declared.has(name)) return null;
  const imports = new Set<string>();
  const names = new Set<string>();
  const left = [name];
  const done = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return;
    if (ts.isIdentifier(node)) {
      names.add(node.text);
      if (isOnlyKey(node)) return;
      left.push(node.text);
      const specifier = imported.get(node.text);
      if (specifier !== undefined) imports.add(specifier);
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier !== undefined && ts.isStringLiteralLike(specifier)) imports.add(specifier.text);
    }
    ts.forEachChild(node, visit);
  };
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const node = declared.get(next);
    if (node === undefined || done.has(next)) continue;
    done.add(next);
    visit(node);
  }
  return { imports: [...imports], names };
}

/** `b` of `a.b` and of `{ b: 1 }`: no reference to a declaration of that name. */
function isOnlyKey(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  return (ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent)) && parent.name === node;
}

function declarationsIn(statement: ts.Statement): [string, ts.Node][] {
  if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name !== undefined) {
    return [[statement.name.text, statement]];
  }
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap((one): [string, ts.Node][] =>
    ts.isIdentifier(one.name) ? [[one.name.text, one]] : [],
  );
}

function importedValues(statement: ts.Statement): [string, string][] {
  if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
  const { importClause: clause, moduleSpecifier } = statement;
  if (clause === undefined || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const bindings = clause.namedBindings;
  const names = clause.name === undefined ? [] : [clause.name.text];
  if (bindings !== undefined && ts.isNamespaceImport(bindings)) names.push(bindings.name.text);
  if (bindings !== undefined && ts.isNamedImports(bindings)) {
    names.push(...bindings.elements.filter((one) => !one.isTypeOnly).map((one) => one.name.text));
  }
  return names.map((name) => [name, moduleSpecifier.text]);
}
