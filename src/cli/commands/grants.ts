/** Loads what `tracelift grants` shows: SQL that an owner of the schema runs. Sends nothing, never prints. */
import type { GrantScope } from '../../wiring/databricks.js';
import { targetPlace, type CliSession, type TargetPlace } from '../session.js';

export interface GrantsModel {
  readonly target: TargetPlace;
  readonly principal: string;
  /** `gold`: the gold table alone; `facts`: every table and view without texts; `worker`: what tracelift itself needs. */
  readonly scope: GrantScope;
  /** One GRANT statement each, ending with a semicolon. */
  readonly statements: readonly string[];
}

export interface GrantsOptions {
  readonly target?: string;
  readonly principal: string;
  readonly scope: GrantScope;
}

/** @throws NotOnDatabricks, TargetNotConfigured */
export async function loadGrants(session: CliSession, options: GrantsOptions): Promise<GrantsModel> {
  const { principal, scope, target } = options;
  const tools = await session.databricks(target);
  return { target: targetPlace(session, target), principal, scope, statements: tools.grants(scope, principal) };
}
