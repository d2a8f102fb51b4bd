/** `tracelift config`: the configuration in force, secrets masked. */
import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { Config } from '../../config/index.js';
import type { CommandContext } from '../context.js';
import { withExamples, withJson } from '../options/flags.js';
import type { CliSession } from '../session.js';
import { print, type OutputFlags } from '../terminal/output.js';
import type { Paint } from '../terminal/text.js';

export function options(program: Command, context: CommandContext): void {
  const command = withJson(
    program
      .command('config')
      .summary('the current settings, secrets masked')
      .description(
        'Prints the settings as file, environment and defaults give them, in the form of a configuration file. Secrets, and what only the environment can set, are comments. Settings without a value of their own are left out, also those whose default depends on the kind of target, such as windowFetches; docs/configuration.md lists every setting and its meaning.',
      ),
  ).action(async (flags: OutputFlags) => {
    print(context.io, flags, await load(await context.session()), view);
  });
  withExamples(command, 'TRACELIFT_CONFIG=/etc/tracelift.yaml tracelift config');
}

/** Secrets are masked. @throws ConfigInvalid, ConfigFileUnreadable */
export async function load(session: CliSession): Promise<Config> {
  const { maskedConfig } = await import('../../config/index.js');
  return maskedConfig(session.config);
}

/**
 * The configuration as YAML: a file that holds it means the same, apart from what must be a comment, the secrets and the
 * variables of the Temporal client.
 */
export function view(config: Config, paint: Paint): string {
  const { file, defaultSource, ...settings } = config;
  const origin = file === null ? 'no file; environment and defaults' : `${file}, environment and defaults`;
  const { environment, ...temporal } = config.temporal;
  // A file must not name a source that does not exist.
  const source = Object.hasOwn(config.sources, defaultSource) ? { defaultSource } : {};
  const yaml = stringify({ ...settings, ...source, temporal }, { lineWidth: 0 }).trimEnd();
  const variables = Object.entries(environment).map(([name, value]) => `# environment variable ${name}: ${value}`);
  return [paint.dim(`# ${origin}`), yaml.replace(maskedLine, '$1# $2'), ...variables].join('\n');
}

/** A secret, alone on its line: as a value it would replace the real one. */
const maskedLine = /^( *)(\w+: "?\*\*\*"?)$/gm;
