/** `tracelift monitor drift`: the columns that changed most lately. */
import type { Command } from 'commander';
import { TraceliftError } from '../../../errors/index.js';
import type { DriftHighlight, DriftReader, QualityMonitor } from '../../../monitor/quality-monitor.js';
import type { CommandContext } from '../../context.js';
import { choiceOf, targetOption, wholeNumberOf, withExamples, withJson, type PlaceFlags } from '../../options/flags.js';
import type { CliSession, TargetPlace } from '../../session.js';
import { print } from '../../terminal/output.js';
import { count, decimal, instant, textTable, type Paint } from '../../terminal/text.js';
import { granularities, type Granularity } from '../../../monitor/windows.js';

interface DriftFlags extends PlaceFlags {
  readonly granularity: Granularity;
  readonly limit: number;
}

export function options(group: Command, context: CommandContext): void {
  const place = (option: string) => ({ command: 'monitor drift', option });
  const command = withJson(
    group
      .command('drift')
      .summary('the columns that changed most in the latest windows')
      .option(
        '--granularity <length>',
        `length of the windows compared: ${granularities.join(' or ')}`,
        choiceOf(place('--granularity'), granularities),
        '1 day',
      )
      .option('--limit <n>', 'at most this many columns', wholeNumberOf(place('--limit'), 1, 10_000), 20)
      .option(...targetOption),
  ).action(async (flags: DriftFlags) => {
    print(context.io, flags, await load(await context.session(), flags), view);
  });
  withExamples(command, 'tracelift monitor drift --granularity "1 hour"');
}

export interface DriftModel {
  readonly target: TargetPlace;
  readonly granularity: Granularity;
  readonly highlights: readonly DriftHighlight[];
}

/** @throws NoTables, MonitorAbsent, DriftNotOffered */
export async function load(session: CliSession, { target, granularity, limit }: DriftFlags): Promise<DriftModel> {
  session.requireTables(target);
  const { monitor, name } = await session.readMonitor(target);
  if (!isDriftReader(monitor)) {
    const { driftTable, dashboardUrl } = await monitor.show();
    throw new TraceliftError('DriftNotOffered', { target: name, place: dashboardUrl ?? driftTable ?? 'its dashboard' });
  }
  return { target: session.place(target), granularity, highlights: await monitor.latestDrift({ granularity, limit }) };
}

function isDriftReader(monitor: QualityMonitor): monitor is QualityMonitor & DriftReader {
  return 'latestDrift' in monitor;
}

/** Meaning of the population stability index as commonly used. */
function strength(psi: number, paint: Paint): string {
  if (psi >= 0.2) return paint.red('strong');
  return psi >= 0.1 ? paint.yellow('some') : 'weak';
}

export function view(model: DriftModel, paint: Paint): string {
  if (model.highlights.length === 0) {
    return `No column changed significantly in the last windows of ${model.granularity}.`;
  }
  const head = ['column', 'window', 'compared with', 'change', 'PSI', 'KS', 'p', 'mean before', 'mean after', 'values'];
  const rows = model.highlights.map((one) => [
    one.columnName,
    instant(one.fromMs),
    instant(one.comparedFromMs),
    strength(one.psi, paint),
    decimal(one.psi),
    decimal(one.ksStatistic),
    decimal(one.ksPvalue),
    decimal(one.avgBefore),
    decimal(one.avgAfter),
    `${count(one.valuesBefore)} / ${count(one.valuesAfter)}`,
  ]);
  return textTable(head, rows, paint, [4, 5, 6, 7, 8, 9]);
}
