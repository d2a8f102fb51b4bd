/** Titles of tests mean something alone: they name what they are about. Read from the sources. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { root, sourceFiles } from './imports.js';

/** A title that begins with one of these says nothing of who does it. */
const bareVerbs = new Set(
  `accepts accounts adds are ask asks become begin begins binds brings builds cannot carries change checks closes
  come compares computes concludes contains continues covers creates delays deletes delivers describe
  describes differ differs do does draws ends equals explains fails feeds fetches fills finds finishes follows
  get gets give gives go goes grows hands has have hears hides hold ignores installs is joins keep keeps knows
  lands leads leaves lets loses makes may mounts never opens passes pauses processes puts reach reaches reads
  refreshes refuse refuses removes renames renews repairs repeats replaces replay revisits runs say says see sees
  sets shows skips stages stands starts stay stays stops survives sweeps take takes tells tile tries triggers
  uploads wait waits wants warn warns was write writes`.split(/\s+/),
);

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

it('titles of tests begin with what they are about', () => {
  const files = sourceFiles('test').filter((file) => /\.test\.ts$|^test\/(contract|compat)\//.test(file));
  const titles = files.flatMap(titlesIn);
  expect(titles.length).toBeGreaterThan(1000);
  expect(titles.filter((title) => bareVerbs.has(title.split(' ')[0] ?? ''))).toEqual([]);
});
