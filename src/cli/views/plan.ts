/** Prints the plan of a backfill. Loads nothing. */
import type { PlanModel } from '../commands/plan.js';
import { count, decimal, duration, instant, pairs, plural, type Paint } from '../terminal/text.js';

export function planView(model: PlanModel, paint: Paint): string {
  const { traces, requests, sample } = model;
  const atLeast = traces.isExact ? '' : 'at least ';
  const total = requests.search + requests.spans + requests.verify;
  return [
    `${paint.bold('plan')}  ${model.experiment.name} (experiment ${model.experiment.experimentId}); nothing was written`,
    pairs(
      [
        ['source', `${model.source.address} (${model.source.name}, id in the tables: ${model.source.sourceId})`],
        ['target', `${model.target.location} (${model.target.name}${model.target.exists ? '' : ', will be created'})`],
        ['range', `${model.fromMs === null ? 'no traces' : instant(model.fromMs)} to ${instant(model.toMs)}`],
        ['traces', `${atLeast}${count(traces.count)} at the source, ${landedText(model)}`],
        ['windows', `${atLeast}${count(model.windows)}, in ${plural(model.batches, 'batch', 'batches')}`],
        [
          'requests',
          `about ${count(total)}: ${count(requests.search)} searches, ${count(requests.spans)} for spans, ${count(requests.verify)} to verify`,
        ],
        ...databricksRows(model),
        [
          'time',
          sample === null
            ? '-'
            : `about ${duration(model.expectedMs)} if everything is new (sample: ${plural(sample.traces, 'trace')} at ${decimal(sample.tracesPerSecond)}/s, one reader)`,
        ],
      ],
      paint,
    ),
  ].join('\n');
}

function databricksRows({ databricks, traces }: PlanModel): [string, string][] {
  if (databricks === null) return [];
  const { statements, fileRequests, warehouseMinutes } = databricks;
  const minutes =
    warehouseMinutes === null ? '' : `; the SQL warehouse is up for about ${plural(warehouseMinutes, 'minute')}`;
  const atLeast = traces.isExact ? 'about' : 'at least';
  return [
    [
      'Databricks',
      `${atLeast} ${plural(statements, 'statement')}, ${plural(fileRequests, 'call')} of the Files API${minutes}`,
    ],
  ];
}

function landedText(model: PlanModel): string {
  return model.landed === null
    ? 'the tables cannot be read now'
    : `${count(model.landed)} of this experiment in the tables`;
}
