/** Commands for targets on Databricks: grants. */
import type { Command } from 'commander';
import { TraceliftError } from '../../errors/index.js';
import type { GrantsOptions } from '../commands/grants.js';
import { grantsView } from '../views/grants.js';
import { print, withExamples, withJson, type OutputOptions, type ProgramContext } from '../terminal/output.js';

interface GrantsFlags extends OutputOptions {
  readonly reader?: string;
  readonly worker?: string;
  readonly facts?: true;
  readonly target?: string;
}

export function addDatabricksCommands(program: Command, context: ProgramContext): void {
  const command = withJson(
    program
      .command('grants')
      .summary('the GRANT statements for readers or for the worker, on Databricks')
      .description(
        'Prints SQL that an owner of the schema runs; tracelift never grants anything itself. Readers get the gold table, which holds no text of users; with --facts also spans, documents, ledger and views. Raw traces and assessments hold texts and are never among them.',
      )
      .option('--reader <principal>', 'user, group or application id that shall read')
      .option('--facts', 'every table and view without texts, not gold alone')
      .option('--worker <principal>', 'user or application id that runs tracelift')
      .option('--target <name>', 'place of the tables, as configured (default: the default target)'),
  ).action(async (flags: GrantsFlags) => {
    const { loadGrants } = await import('../commands/grants.js');
    print(context, flags, await loadGrants(context.session, grantsOptions(flags)), grantsView);
  });
  withExamples(
    command,
    'tracelift grants --reader analysts --target databricks',
    'tracelift grants --reader analysts --facts --target databricks',
    'tracelift grants --worker 00000000-0000-0000-0000-000000000000 --target databricks',
  );
}

/** @throws InvalidOption unless exactly one principal is named */
function grantsOptions({ reader, worker, facts, target }: GrantsFlags): GrantsOptions {
  const principal = reader ?? worker;
  if (principal === undefined || (reader !== undefined && worker !== undefined)) {
    throw new TraceliftError('InvalidOption', {
      option: '--reader',
      problem: 'name one principal, by --reader or by --worker',
      example: '--reader analysts',
      command: 'grants',
    });
  }
  const scope = worker === undefined ? (facts === true ? 'facts' : 'gold') : 'worker';
  return { principal, scope, ...(target === undefined ? {} : { target }) };
}
