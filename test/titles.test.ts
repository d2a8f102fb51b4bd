/** Titles of tests mean something alone: they name what they are about. Read from the sources. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { root, sourceFiles } from './imports.js';

/** Folders whose titles were all read for this. */
const folders = ['errors', 'http', 'json', 'local', 'monitor', 'tokenizer', 'wiring', 'telemetry'];
/** A title that begins with one of these says nothing of who does it. */
const bareVerbs =
  /^(is|are|has|have|was|were|may|does|takes|reads|waits|stops|starts|sets|says|runs|returns|never|leaves?|keeps?|ends|writes|walks|tries|tile|tells|survives|speaks|sends|refuses|opens|means|lose|lets|knows|include|holds?|hides?|gives|gets|frees|fails|explains|cuts|carry|builds|begin|answers|agrees)\b/;

function titlesIn(file: string): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(it|test)\b/.test(node.expression.getText(source))) {
      const [title] = node.arguments;
      if (title !== undefined && ts.isStringLiteralLike(title)) titles.push(title.text);
    }
    ts.forEachChild(node, visit);
  };
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  visit(source);
  return titles;
}

it.each(folders)('titles of tests in test/%s begin with what they are about', (folder) => {
  const files = sourceFiles(`test/${folder}`).filter((file) => file.endsWith('.test.ts'));
  const titles = files.flatMap(titlesIn);
  expect(titles.length).toBeGreaterThan(0);
  expect(titles.filter((title) => bareVerbs.test(title))).toEqual([]);
});
