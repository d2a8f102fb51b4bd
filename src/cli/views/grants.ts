/** Prints GRANT statements as they can be run. Loads nothing. */
import type { GrantsModel } from '../commands/grants.js';

/** Statements alone, so that the output can be piped into a SQL tool. */
export const grantsView = (model: GrantsModel): string => model.statements.join('\n');
