/** Loads what `tracelift grants` shows: SQL that an owner of the schema runs. Sends nothing, never prints. */
import { TraceliftError } from '../../errors/index.js';
import type { CliDatabricks } from '../parts.js';
import { targetPlace, type CliSession, type TargetPlace } from '../session.js';

export interface GrantsModel {
  readonly target: TargetPlace;
  readonly principal: string;
  /** `gold`: the gold table alone; `facts`: every table and view without texts; `worker`: what tracelift itself needs. */
  readonly scope: 'gold' | 'facts' | 'worker';
  /** One GRANT statement each, ending with a semicolon. */
  readonly statements: readonly string[];
}

export interface GrantsOptions {
  readonly target?: string;
  readonly principal: string;
  readonly scope: GrantsModel['scope'];
}

/** @throws NotOnDatabricks, TargetNotConfigured */
export async function loadGrants(session: CliSession, options: GrantsOptions): Promise<GrantsModel> {
  const { principal, scope, target } = options;
  const tools = await databricksOf(session, target);
  return { target: targetPlace(session, target), principal, scope, statements: tools.grants(scope, principal) };
}

/** What only Databricks has. @throws NotOnDatabricks for another kind of target, TargetNotConfigured */
export async function databricksOf(session: CliSession, target: string | undefined): Promise<CliDatabricks> {
  const tools = (await session.runtime()).databricks(target ?? null);
  if (tools !== null) return tools;
  throw new TraceliftError('NotOnDatabricks', { target: session.targetConfig(target).name });
}
