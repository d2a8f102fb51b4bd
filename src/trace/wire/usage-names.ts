/**
 * The names of token counts inside a usage object, per model provider, and where providers' answers hold that object.
 * As data. Pure; imports nothing.
 *
 * OpenAI https://platform.openai.com/docs/api-reference/chat/object, Anthropic
 * https://docs.anthropic.com/en/api/messages, Gemini https://ai.google.dev/api/generate-content#UsageMetadata, Bedrock
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html, LangChain's `usage_metadata`.
 */

/** A path of members, joined by a dot. */
type Path = string;

/** The best name first. */
export const usageNames = {
  input: [
    'input_tokens',
    'prompt_tokens',
    'inputTokens',
    'promptTokens',
    'promptTokenCount',
    'prompt_token_count',
    'inputTokenCount',
    'input_token_count',
    'input',
  ],
  output: [
    'output_tokens',
    'completion_tokens',
    'outputTokens',
    'completionTokens',
    'candidatesTokenCount',
    'candidates_token_count',
    'outputTokenCount',
    'output_token_count',
    'output',
  ],
  total: ['total_tokens', 'totalTokens', 'totalTokenCount', 'total_token_count', 'total'],
  cached: [
    'cache_read_input_tokens',
    'prompt_tokens_details.cached_tokens',
    'input_tokens_details.cached_tokens',
    'input_token_details.cache_read',
    'inputTokenDetails.cacheReadTokens',
    'cacheReadInputTokens',
    'cacheReadInputTokenCount',
    'cachedContentTokenCount',
    'cached_content_token_count',
    'cached_input_tokens',
    'cachedInputTokens',
    'input_cached_tokens',
    'input_cache_read',
    'cached_tokens',
    'prompt_cache_hit_tokens',
  ],
  cacheWrite: [
    'cache_creation_input_tokens',
    'input_token_details.cache_creation',
    'inputTokenDetails.cacheWriteTokens',
    'cacheWriteInputTokens',
    'cacheWriteInputTokenCount',
    'cache_write_input_tokens',
    'input_cache_creation',
  ],
  cacheWrite5m: ['cache_creation.ephemeral_5m_input_tokens', 'input_token_details.ephemeral_5m_input_tokens'],
  cacheWrite1h: [
    'cache_creation_input_tokens_above_1hr',
    'cache_creation.ephemeral_1h_input_tokens',
    'input_token_details.ephemeral_1h_input_tokens',
  ],
  reasoning: [
    'completion_tokens_details.reasoning_tokens',
    'output_tokens_details.reasoning_tokens',
    'output_token_details.reasoning',
    'outputTokenDetails.reasoningTokens',
    'reasoning_tokens',
    'reasoningTokens',
    'output_reasoning_tokens',
  ],
  audioInput: [
    'prompt_tokens_details.audio_tokens',
    'input_tokens_details.audio_tokens',
    'input_token_details.audio_tokens',
    'input_token_details.audio',
    'input_audio_tokens',
    'inputAudioTokens',
  ],
  audioOutput: [
    'completion_tokens_details.audio_tokens',
    'output_tokens_details.audio_tokens',
    'output_token_details.audio_tokens',
    'output_token_details.audio',
    'output_audio_tokens',
    'outputAudioTokens',
  ],
  /** Gemini's: no part of its output count, unlike all others. */
  thoughts: ['thoughtsTokenCount', 'thoughts_token_count'],
} as const satisfies Readonly<Record<string, readonly Path[]>>;

/**
 * Members by which a provider's answer is known to leave the cache out of its input, as Anthropic's and Bedrock's do;
 * not beside `prompt_tokens`, which gateways write.
 */
export const cacheApartNames: readonly Path[] = [
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cacheReadInputTokens',
  'cacheWriteInputTokens',
  'cacheReadInputTokenCount',
  'cacheWriteInputTokenCount',
];

/** Where the outputs of a call hold its usage; numbers are places in a list. */
export const usagePlaces: readonly Path[] = [
  'usage',
  'usageMetadata',
  'usage_metadata',
  'token_usage',
  'response_metadata.token_usage',
  'response_metadata.usage',
  'llm_output.token_usage',
  'llm_output.usage',
  'generations.0.0.message.usage_metadata',
  'generations.0.0.message.kwargs.usage_metadata',
  'message.usage',
  'response.usage',
  'body.usage',
  'ResponseMetadata.usage',
];

/** Where the outputs of a call say why it ended. */
export const finishReasonPlaces: readonly Path[] = [
  'choices.0.finish_reason',
  'stop_reason',
  'stopReason',
  'candidates.0.finishReason',
  'candidates.0.finish_reason',
  'finish_reason',
  'finishReason',
  'response_metadata.finish_reason',
  'response_metadata.stop_reason',
  'generations.0.0.generation_info.finish_reason',
  '0.finish_reason',
];

/** Where the outputs of a call say how it was processed, which decides its price; the inputs ask for it by the first. */
export const serviceTierPlaces: readonly Path[] = [
  'service_tier',
  'usage.service_tier',
  'serviceTier.type',
  'usageMetadata.trafficType',
  'usage_metadata.traffic_type',
  'response_metadata.service_tier',
  'response_metadata.usage.service_tier',
];

/** Where the inputs of a call hold its settings. */
export const temperaturePlaces: readonly Path[] = [
  'temperature',
  'inferenceConfig.temperature',
  'config.temperature',
  'generation_config.temperature',
  'generationConfig.temperature',
  'invocation_params.temperature',
];
export const maxTokensPlaces: readonly Path[] = [
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'max_tokens_to_sample',
  'maxTokens',
  'inferenceConfig.maxTokens',
  'config.max_output_tokens',
  'generation_config.max_output_tokens',
  'generationConfig.maxOutputTokens',
];
