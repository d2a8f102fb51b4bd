/** `tracelift config`: the configuration in force, secrets masked. */
import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { Config } from '../../config/index.js';
import type { CommandContext } from '../context.js';
import { withExamples, withJson, type OutputFlags } from '../options/flags.js';
import type { CliSession } from '../session.js';
import { print } from '../terminal/output.js';
import type { Paint } from '../terminal/text.js';

export function options(program: Command, context: CommandContext): void {
  const command = withJson(
    program
      .command('config')
      .summary('the current settings, secrets masked')
      .description(
        'Prints every setting as file, environment and defaults give it. docs/configuration.md says what they mean.',
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

/** The configuration as YAML: what a file with the same meaning would hold, apart from the masked secrets. */
export function view(config: Config, paint: Paint): string {
  const { file, ...settings } = config;
  const origin = file === null ? 'no file; environment and defaults' : `${file}, environment and defaults`;
  return `${paint.dim(`# ${origin}`)}\n${stringify(settings, { lineWidth: 0 }).trimEnd()}`;
}
