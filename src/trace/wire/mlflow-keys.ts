/**
 * Every name of a tag, of metadata and of a span attribute of MLflow's own that tracelift reads; names of other
 * conventions are in dialects.ts. Pure; imports nothing.
 * Sources: https://github.com/mlflow/mlflow/blob/master/mlflow/tracing/constant.py,
 * https://github.com/mlflow/mlflow/blob/master/mlflow/utils/mlflow_tags.py
 */

export const tagKeys = {
  traceName: 'mlflow.traceName',
  /** Set on traces that an evaluation made by calling the application. */
  evalRequestId: 'mlflow.eval.requestId',
  /** Set on traces that a scorer made of itself. */
  sourceScorer: 'mlflow.trace.sourceScorer',
  /** JSON list of `{name, version}`; also a span attribute. */
  linkedPrompts: 'mlflow.linkedPrompts',
  /** Where the spans are: `TRACKING_STORE` (the server's database), `ARTIFACT_REPO` or `ARCHIVE_REPO`. */
  spansLocation: 'mlflow.trace.spansLocation',
  artifactLocation: 'mlflow.artifactLocation',
  archiveLocation: 'mlflow.trace.archiveLocation',
  archivalFailure: 'mlflow.trace.archivalFailure',
} as const;

export const metadataKeys = {
  session: 'mlflow.trace.session',
  user: 'mlflow.trace.user',
  sourceRun: 'mlflow.sourceRun',
  modelId: 'mlflow.modelId',
  gitCommit: 'mlflow.source.git.commit',
  gitBranch: 'mlflow.source.git.branch',
  gitRepoUrl: 'mlflow.source.git.repoURL',
  /** JSON object, cut to 250 characters by the server like all metadata: it still fits. */
  tokenUsage: 'mlflow.trace.tokenUsage',
  cost: 'mlflow.trace.cost',
  /** Previews of MLflow 2; later servers have fields for them. */
  inputs: 'mlflow.traceInputs',
  outputs: 'mlflow.traceOutputs',
  /** JSON object with `num_spans` and `total_size_bytes`; since 3.6, not on traces that came through OTLP. */
  sizeStats: 'mlflow.trace.sizeStats',
  sizeBytes: 'mlflow.trace.sizeBytes',
} as const;

export const attributeKeys = {
  kind: 'mlflow.spanType',
  inputs: 'mlflow.spanInputs',
  outputs: 'mlflow.spanOutputs',
  functionName: 'mlflow.spanFunctionName',
  startTimeNs: 'mlflow.spanStartTimeNs',
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
  judgeCost: 'mlflow.assessment.judgeCost',
  judgeInputTokens: 'mlflow.assessment.judgeInputTokens',
  judgeOutputTokens: 'mlflow.assessment.judgeOutputTokens',
  scorerName: 'mlflow.assessment.scorerName',
  scorerVersion: 'mlflow.assessment.scorerVersion',
  /** Either of these marks an assessment of a whole conversation, hung on one of its traces. */
  session: 'mlflow.trace.session',
  onlineScoringSessionId: 'mlflow.assessment.onlineScoringSessionId',
} as const;
