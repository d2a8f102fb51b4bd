/**
 * Names of the tags, metadata and span attributes that processing reads. Pure; imports nothing.
 * Source: https://github.com/mlflow/mlflow/blob/master/mlflow/tracing/constant.py
 */

export const tagKeys = {
  traceName: 'mlflow.traceName',
  /** Set on traces that an evaluation made by calling the application. */
  evalRequestId: 'mlflow.eval.requestId',
  /** Set on traces that a scorer made of itself. */
  sourceScorer: 'mlflow.trace.sourceScorer',
  /** JSON list of `{name, version}`; also a span attribute. */
  linkedPrompts: 'mlflow.linkedPrompts',
} as const;

export const metadataKeys = {
  session: 'mlflow.trace.session',
  user: 'mlflow.trace.user',
  sourceRun: 'mlflow.sourceRun',
  modelId: 'mlflow.modelId',
  gitCommit: 'mlflow.source.git.commit',
  /** JSON object, cut to 250 characters by the server like all metadata: it still fits. */
  tokenUsage: 'mlflow.trace.tokenUsage',
  cost: 'mlflow.trace.cost',
} as const;

export const attributeKeys = {
  kind: 'mlflow.spanType',
  inputs: 'mlflow.spanInputs',
  outputs: 'mlflow.spanOutputs',
  functionName: 'mlflow.spanFunctionName',
  tokenUsage: 'mlflow.chat.tokenUsage',
  cost: 'mlflow.llm.cost',
  model: 'mlflow.llm.model',
  provider: 'mlflow.llm.provider',
  sessionId: 'session.id',
  userId: 'user.id',
} as const;

export const assessmentMetadataKeys = {
  /** Evaluation run that wrote the assessment. */
  sourceRunId: 'mlflow.assessment.sourceRunId',
  /** Either of these marks an assessment of a whole conversation, hung on one of its traces. */
  session: 'mlflow.trace.session',
  onlineScoringSessionId: 'mlflow.assessment.onlineScoringSessionId',
} as const;
