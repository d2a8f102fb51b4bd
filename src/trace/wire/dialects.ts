/**
 * The names under which tracing libraries write one and the same fact, as data: MLflow's own first, then those that a
 * current MLflow server translates when spans arrive. Artifacts and older servers hold them untranslated.
 *
 * Conventions: OpenTelemetry (https://opentelemetry.io/docs/specs/semconv/gen-ai/), OpenInference
 * (https://github.com/Arize-ai/openinference/tree/main/spec), Traceloop (https://github.com/traceloop/openllmetry),
 * Vercel AI (https://ai-sdk.dev/docs/ai-sdk-core/telemetry), Langfuse
 * (https://langfuse.com/integrations/native/opentelemetry), Claude Code
 * (https://code.claude.com/docs/en/monitoring-usage), Laminar, VoltAgent, LiveKit, Google ADK. MLflow's translation:
 * https://github.com/mlflow/mlflow/tree/master/mlflow/tracing/otel/translation. Pure.
 */
import { attributeKeys } from './mlflow-keys.js';

/** Names of span attributes per fact, the best first. */
export const factNames = {
  inputs: [
    attributeKeys.inputs,
    'input.value',
    'gen_ai.input.messages',
    'gen_ai.tool.call.arguments',
    'gen_ai.retrieval.query.text',
    'traceloop.entity.input',
    'gcp.vertex.agent.llm_request',
    'gcp.vertex.agent.tool_call_args',
    'ai.prompt',
    'ai.toolCall.args',
    'ai.value',
    'ai.values',
    'agent.messages',
    'llm.messages',
    'lk.user_input',
    'lk.user_transcript',
    'lk.chat_ctx',
    'lk.input_text',
    'lmnr.span.input',
    'langfuse.observation.input',
    'user_prompt',
    'tool_input',
    'new_context',
    'input',
  ],
  outputs: [
    attributeKeys.outputs,
    'output.value',
    'gen_ai.output.messages',
    'gen_ai.tool.call.result',
    'traceloop.entity.output',
    'gcp.vertex.agent.llm_response',
    'gcp.vertex.agent.tool_response',
    'ai.response.text',
    'ai.toolCall.result',
    'ai.response.object',
    'lk.response.text',
    'lk.response.function_calls',
    'lmnr.span.output',
    'langfuse.observation.output',
    'response.model_output',
    'output',
  ],
  model: [
    attributeKeys.model,
    'llm.response.model_name',
    'llm.model_name',
    'llm.request.model_name',
    'embedding.model_name',
    'gen_ai.response.model',
    'gen_ai.request.model',
    'ai.response.model',
    'ai.model.id',
    'langfuse.observation.model.name',
  ],
  bareModel: ['model'],
  provider: [
    attributeKeys.provider,
    'llm.provider',
    'gen_ai.provider.name',
    'gen_ai.system',
    'ai.model.provider',
    'llm.system',
  ],
  toolName: [
    'gen_ai.tool.name',
    attributeKeys.functionName,
    'tool.name',
    'ai.toolCall.name',
    'lk.function_tool.name',
    'tool_name',
    'traceloop.entity.name',
  ],
  agentName: ['gen_ai.agent.name', 'agent.name', 'lk.agent_name', 'traceloop.entity.name', 'entity.name'],
  sessionId: [
    attributeKeys.sessionId,
    'gen_ai.conversation.id',
    'langfuse.session.id',
    'traceloop.association.properties.session_id',
    'lmnr.association.properties.session_id',
    'voltagent.conversation_id',
    'gcp.vertex.agent.session_id',
    'ai.telemetry.metadata.sessionId',
    'mlflow.trace.session',
  ],
  userId: [
    attributeKeys.userId,
    'enduser.id',
    'langfuse.user.id',
    'traceloop.association.properties.user_id',
    'lmnr.association.properties.user_id',
    'ai.telemetry.metadata.userId',
    'mlflow.trace.user',
  ],
  documents: ['gen_ai.retrieval.documents'],
  usage: [attributeKeys.tokenUsage, 'langfuse.observation.usage_details'],
  /** As a provider answered it. */
  answeredUsage: ['usage'],
  inputTokens: [
    'llm.token_count.prompt',
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.prompt_tokens',
    'ai.usage.inputTokens',
    'ai.usage.promptTokens',
    'ai.usage.tokens',
    'usage.prompt_tokens',
    'llm.usage.prompt_tokens',
    'input_tokens',
  ],
  outputTokens: [
    'llm.token_count.completion',
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.completion_tokens',
    'ai.usage.outputTokens',
    'ai.usage.completionTokens',
    'usage.completion_tokens',
    'llm.usage.completion_tokens',
    'output_tokens',
  ],
  totalTokens: [
    'llm.token_count.total',
    'gen_ai.usage.total_tokens',
    'llm.usage.total_tokens',
    'ai.usage.totalTokens',
    'usage.total_tokens',
  ],
  cachedTokens: [
    'llm.token_count.prompt_details.cache_read',
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.details.cache_read_tokens',
    'ai.usage.inputTokenDetails.cacheReadTokens',
    'ai.usage.cachedInputTokens',
    'cache_read_tokens',
  ],
  cacheWriteTokens: [
    'llm.token_count.prompt_details.cache_write',
    'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_write_input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.details.cache_write_tokens',
    'ai.usage.inputTokenDetails.cacheWriteTokens',
    'cache_creation_tokens',
  ],
  cacheWrite1hTokens: ['gen_ai.usage.cache_creation_input_tokens_above_1hr'],
  reasoningTokens: [
    'llm.token_count.completion_details.reasoning',
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'gen_ai.usage.details.reasoning_tokens',
    'llm.usage.reasoning_tokens',
    'ai.usage.outputTokenDetails.reasoningTokens',
    'ai.usage.reasoningTokens',
  ],
  audioInputTokens: ['llm.token_count.prompt_details.audio', 'gen_ai.usage.details.input_audio_tokens'],
  audioOutputTokens: ['llm.token_count.completion_details.audio', 'gen_ai.usage.details.output_audio_tokens'],
  cost: [attributeKeys.cost, 'langfuse.observation.cost_details'],
  totalCost: ['llm.cost.total', 'gen_ai.usage.cost'],
  inputCost: ['llm.cost.prompt'],
  outputCost: ['llm.cost.completion'],
  finishReason: [
    'gen_ai.response.finish_reasons',
    'llm.finish_reason',
    'ai.response.finishReason',
    'gen_ai.completion.0.finish_reason',
    'stop_reason',
  ],
  serviceTier: [
    'openai.response.service_tier',
    'gen_ai.openai.response.service_tier',
    'openai.request.service_tier',
    'gen_ai.openai.request.service_tier',
  ],
  temperature: ['gen_ai.request.temperature', 'ai.settings.temperature'],
  maxTokens: ['gen_ai.request.max_tokens', 'ai.settings.maxOutputTokens', 'ai.settings.maxTokens'],
  /** JSON object with the settings of the call. */
  settings: ['llm.invocation_parameters', 'langfuse.observation.model.parameters'],
  firstTokenMs: ['ai.response.msToFirstChunk', 'ai.stream.msToFirstChunk', 'ttft_ms'],
  firstTokenSeconds: ['gen_ai.response.time_to_first_chunk', 'lk.response.ttft'],
  firstTokenAt: ['langfuse.observation.completion_start_time'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type SpanFactName = keyof typeof factNames;

/**
 * Attributes that spell a list or an object out, one attribute per member: `<prefix>.<number>.<member>`, or
 * `<prefix>.<member>` where nothing is numbered.
 */
export const spelledOut = {
  inputs: ['gen_ai.prompt', 'llm.input_messages', 'ai.prompt'],
  outputs: ['gen_ai.completion', 'llm.output_messages', 'ai.response'],
  documents: ['retrieval.documents'],
} as const;

/** Prefixes of names inside such lists that say nothing: `llm.input_messages.0.message.role` is the role. */
export const wrappingMembers = ['message.', 'document.'] as const;

/** Events that hold texts, and the attributes of them that do. */
export const textEvents = {
  inputs: [
    ['gen_ai.client.inference.operation.details', ['gen_ai.input.messages']],
    ['gen_ai.content.prompt', ['gen_ai.prompt']],
  ],
  outputs: [
    ['gen_ai.client.inference.operation.details', ['gen_ai.output.messages']],
    ['gen_ai.content.completion', ['gen_ai.completion']],
    ['tool.output', ['output', 'content', 'diff']],
  ],
} as const satisfies Readonly<Record<string, readonly (readonly [string, readonly string[]])[]>>;

/** Events that are one message each, and the role of its author; the content is in their attribute `content`. */
export const messageEvents = {
  inputs: { 'gen_ai.system.message': 'system', 'gen_ai.user.message': 'user', 'gen_ai.assistant.message': 'assistant' },
  outputs: { 'gen_ai.choice': 'assistant' },
} as const;

/** Events that mark the first piece of a streamed answer. */
export const firstPieceEvents: ReadonlySet<string> = new Set([
  'mlflow.chunk.item.0',
  'First Token Stream Event',
  'gen_ai.content.completion.chunk',
  'ai.stream.firstChunk',
]);

/** What Claude Code writes where a text was not to be recorded. */
export const redactedText = '<REDACTED>';
