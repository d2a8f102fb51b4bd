/** `tracelift grants`: SQL that an owner of the schema runs. Sends nothing. */
import type { Command } from 'commander';
import { TraceliftError } from '../../errors/index.js';
import type { GrantScope } from '../../wiring/databricks.js';
import type { CommandContext } from '../context.js';
import { withExamples, withJson } from '../options/flags.js';
import type { CliSession, TargetPlace } from '../session.js';
import { print, type OutputFlags } from '../terminal/output.js';

interface GrantsFlags extends OutputFlags {
  readonly reader?: string;
  readonly worker?: string;
  readonly facts?: true;
  readonly target?: string;
}

export function options(program: Command, context: CommandContext): void {
  const command = withJson(
    program
      .command('grants')
      .summary('the GRANT statements for readers or for the worker, on Databricks')
      .description(
        'Prints SQL for an owner of the schema; tracelift never grants anything itself. Readers get the gold table, which holds no texts of users; with --facts also spans, documents, ledger and views. They never get raw traces and assessments, which hold texts.',
      )
      .option('--reader <principal>', 'user, group or application id that may read')
      .option('--facts', 'every table and view without texts, not gold alone')
      .option('--worker <principal>', 'user or application id that runs tracelift')
      .option('--target <name>', 'place of the tables, as configured (default: the default target)'),
  ).action(async (flags: GrantsFlags) => {
    const grantee = granteeOf(flags);
    print(context.io, flags, await load(await context.session(), flags.target, grantee), view);
  });
  withExamples(
    command,
    'tracelift grants --reader analysts --target databricks',
    'tracelift grants --reader analysts --facts --target databricks',
    'tracelift grants --worker 00000000-0000-0000-0000-000000000000 --target databricks',
  );
}

/** Who shall get which rights. */
interface Grantee {
  readonly principal: string;
  /** `gold`: the gold table alone; `facts`: every table and view without texts; `worker`: what tracelift itself needs. */
  readonly scope: GrantScope;
}

/** @throws OptionMissing, InvalidOption unless exactly one principal is named */
function granteeOf({ reader, worker, facts }: GrantsFlags): Grantee {
  const principal = reader ?? worker;
  const example = { example: '--reader analysts', command: 'grants' };
  if (principal === undefined) {
    const problem = 'name who gets the rights, by one of them';
    throw new TraceliftError('OptionMissing', { option: '--reader or --worker', problem, ...example });
  }
  if (reader !== undefined && worker !== undefined) {
    const problem = 'name one principal, by --reader or by --worker';
    throw new TraceliftError('InvalidOption', { option: '--reader with --worker', problem, ...example });
  }
  const scope = worker === undefined ? (facts === true ? 'facts' : 'gold') : 'worker';
  return { principal, scope };
}

export interface GrantsModel extends Grantee {
  readonly target: TargetPlace;
  /** One GRANT statement each, ending with a semicolon. */
  readonly statements: readonly string[];
}

/** @throws NotOnDatabricks, TargetNotConfigured */
export async function load(session: CliSession, target: string | undefined, grantee: Grantee): Promise<GrantsModel> {
  const { principal, scope } = grantee;
  const tools = await session.databricks(target);
  return { target: session.place(target), principal, scope, statements: tools.grants(scope, principal) };
}

/** Statements alone, so that the output can be piped into a SQL tool. */
export function view(model: GrantsModel): string {
  return model.statements.join('\n');
}
