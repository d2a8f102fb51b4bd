import { accessSync, constants, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../imports.js';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<string, { readonly strategy?: { readonly matrix: { readonly node: number[] } }; readonly steps: Step[] }>
  >;
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const workflow = parse(read('.github/workflows/ci.yml')) as Workflow;
const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  engines: { node: string };
};
const { check, all } = workflow.jobs;
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

/** Names of the actions that a job uses, without their versions. */
const actionsOf = (job: { readonly steps: Step[] } | undefined): string[] =>
  (job?.steps ?? []).flatMap(({ uses }) => (uses === undefined ? [] : [uses.replace(/@.*$/, '')]));

describe('.github/workflows/ci.yml', () => {
  it('continuous integration checks every supported Node, from the oldest one of package.json', () => {
    expect(check?.strategy?.matrix.node).toEqual([20, 22, 24]);
    expect(manifest.engines.node).toMatch(/^>=20\./);
    expect(check?.steps.map((step) => step.run)).toContain('npm run check');
  });

  it('continuous integration runs .ci/run where everything that it requires is set up', () => {
    expect(all?.steps.at(-1)?.run).toBe('.ci/run');
    expect(actionsOf(all)).toEqual(
      expect.arrayContaining(['actions/setup-java', 'actions/setup-python', 'actions/setup-go', 'astral-sh/setup-uv']),
    );
    expect(read('.ci/run')).toContain('temporal,mlflow,spark');
  });

  it('continuous integration runs only scripts that exist and can be executed', () => {
    const commands = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      const script = /^npm run (\S+)$/.exec(command)?.[1];
      if (script === undefined) accessSync(join(root, command), constants.X_OK);
      else expect(Object.keys(manifest.scripts)).toContain(script);
    }
  });

  it('continuous integration names the version of every action, and may only read the repository', () => {
    const actions = steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@v\d+$/.test(action))).toEqual([]);
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  it('continuous integration keeps the parts of the tests by the files that name their versions', () => {
    const cache = all?.steps.find(({ uses }) => uses?.startsWith('actions/cache@'));
    const hashed = [...String(cache?.with?.['key']).matchAll(/'([^']+)'/g)].map(([, path]) => path!);
    expect(hashed.length).toBeGreaterThan(0);
    expect(hashed.filter((path) => !existsSync(join(root, path.replace(/\/\*\*$/, ''))))).toEqual([]);
  });
});

describe('.github/ISSUE_TEMPLATE', () => {
  const forms = readdirSync(join(root, '.github/ISSUE_TEMPLATE')).filter((name) => name !== 'config.yml');

  it.each(forms)('the issue form %s has a name, a description, and fields with an id and a label', (name) => {
    const form = parse(read(`.github/ISSUE_TEMPLATE/${name}`)) as {
      name: string;
      description: string;
      body: { type: string; id?: string; attributes: { label?: string } }[];
    };
    expect(form).toMatchObject({ name: expect.any(String) as string, description: expect.any(String) as string });
    const fields = form.body.filter(({ type }) => type !== 'markdown');
    expect(fields.length).toBeGreaterThan(0);
    expect(fields.filter(({ id, attributes }) => id === undefined || attributes.label === undefined)).toEqual([]);
    expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
  });
});
