/** Names of experiments for views. Imports nothing. */

/** A query of each experiment's newest name, by `source_id` and `experiment_id`: a renamed experiment stays one. */
export const experimentNames = (gold: string): string =>
  `SELECT source_id, experiment_id, max_by(experiment_name, observed_at) AS experiment_name
  FROM ${gold} WHERE experiment_name IS NOT NULL GROUP BY source_id, experiment_id`;

/** Joins them to a relation. */
export const withExperimentName = (relation: string): string =>
  `LEFT JOIN names n ON n.source_id = ${relation}.source_id AND n.experiment_id = ${relation}.experiment_id`;
