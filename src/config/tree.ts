/** Reading and writing of settings that are not validated yet. Pure. */

/** An object of settings, not validated yet. */
export type Tree = Record<string, unknown>;

/** True for objects that are not arrays. */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at a path, or undefined. */
export function treeAt(values: Tree, ...path: readonly string[]): Tree | undefined {
  return path.reduce<Tree | undefined>((tree, step) => {
    const next = tree?.[step];
    return isTree(next) ? next : undefined;
  }, values);
}

/** Sets the value at a path; objects on the way are made. */
export function setAt(values: Tree, path: readonly string[], value: unknown): void {
  const [step, ...rest] = path;
  if (step === undefined) return;
  if (rest.length === 0) {
    values[step] = value;
    return;
  }
  const next = isTree(values[step]) ? values[step] : {};
  values[step] = next;
  setAt(next, rest, value);
}
