/** Names of models as they stand in real traces, and what they are priced as on 2026-06-01. */
export type NameCase = readonly [name: string, provider: string | null, priceId: string, match: string];

const sonnet45 = 'library:anthropic/claude-sonnet-4-5';
const regionalSonnet45 = 'library:aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0';
const globalSonnet45 = 'library:aws/global.anthropic.claude-sonnet-4-5-20250929-v1:0';
const sonnet35v2 = 'library:aws/regional.anthropic.claude-3-5-sonnet-20241022-v2:0';

/** Under the name that the maker has for it, as spans of its own library have it. */
const asMade: readonly NameCase[] = [
  ['gpt-4o', 'openai', 'library:openai/gpt-4o', 'exact'],
  ['gpt-4o-2024-08-06', 'openai', 'library:openai/gpt-4o', 'exact'],
  ['gpt-4o-2024-11-20', null, 'library:openai/gpt-4o', 'exact'],
  ['gpt-4o-mini', null, 'library:openai/gpt-4o-mini', 'exact'],
  ['gpt-4.1-mini', 'openai', 'library:openai/gpt-4.1-mini', 'exact'],
  ['gpt-4-1106-preview', null, 'library:openai/gpt-4-turbo', 'exact'],
  ['o3-mini', null, 'library:openai/o3-mini', 'exact'],
  ['o3', 'openai', 'library:openai/o3@2025-06-10', 'exact'],
  ['text-embedding-3-small', 'openai', 'library:openai/text-embedding-3-small', 'exact'],
  ['text-embedding-ada-002', null, 'library:openai/text-embedding-ada-002', 'exact'],
  ['claude-sonnet-4-5', 'anthropic', sonnet45, 'exact'],
  ['claude-sonnet-4-5-20250929', 'anthropic', sonnet45, 'alias'],
  ['claude-sonnet-4-20250514', null, 'library:anthropic/claude-sonnet-4-0', 'alias'],
  ['claude-opus-4-20250514', 'anthropic', 'library:anthropic/claude-opus-4-0', 'exact'],
  ['claude-3-7-sonnet-20250219', 'anthropic', 'library:anthropic/claude-3-7-sonnet-latest', 'alias'],
  ['claude-haiku-4-5-20251001', null, 'library:anthropic/claude-haiku-4-5', 'alias'],
  ['gemini-2.5-pro', 'gemini', 'library:google/gemini-2.5-pro', 'exact'],
  ['gemini-2.5-flash', null, 'library:google/gemini-2.5-flash', 'exact'],
  ['gemini-3-pro', 'gemini', 'library:google/gemini-3-pro-preview', 'alias'],
  ['gemini-3-pro-preview', null, 'library:google/gemini-3-pro-preview', 'exact'],
  ['mistral-large-latest', 'mistral_ai', 'library:mistral/mistral-large', 'exact'],
  ['command-r-plus', 'cohere', 'library:cohere/command-r-plus', 'exact'],
  ['grok-4', 'xai', 'library:x-ai/grok-4-0709', 'exact'],
  ['deepseek-chat', 'deepseek', 'library:deepseek/deepseek-chat', 'exact'],
  ['llama-3.3-70b-versatile', 'groq', 'library:groq/llama-3.3-70b-versatile', 'exact'],
  ['sonar-pro', 'perplexity', 'library:perplexity/sonar-pro', 'exact'],
];

/** With the provider, a path or a scheme before it. */
const withPlaces: readonly NameCase[] = [
  ['openai:/gpt-4o', null, 'library:openai/gpt-4o', 'alias'],
  ['openai:/gpt-4.1-mini', null, 'library:openai/gpt-4.1-mini', 'alias'],
  ['anthropic:/claude-sonnet-4-5', null, sonnet45, 'alias'],
  ['gemini:/gemini-2.5-flash', null, 'library:google/gemini-2.5-flash', 'alias'],
  ['openai/gpt-4o', null, 'library:openai/gpt-4o', 'alias'],
  ['anthropic/claude-sonnet-4-5-20250929', null, sonnet45, 'alias'],
  ['gemini/gemini-2.5-flash-lite', null, 'library:google/gemini-2.5-flash-lite', 'alias'],
  ['models/gemini-2.5-pro', 'gemini', 'library:google/gemini-2.5-pro', 'alias'],
  ['models/gemini-2.5-pro', null, 'library:google/gemini-2.5-pro', 'alias'],
  ['publishers/google/models/gemini-2.5-flash', null, 'library:google/gemini-2.5-flash', 'alias'],
  [
    'projects/p-1/locations/us-central1/publishers/google/models/gemini-2.5-flash',
    null,
    'library:google/gemini-2.5-flash',
    'alias',
  ],
  ['vertex_ai/gemini-2.5-pro', null, 'library:google/gemini-2.5-pro', 'alias'],
  ['vertex_ai/claude-sonnet-4-5@20250929', null, 'library:google/claude-sonnet-4-5', 'alias'],
  ['claude-sonnet-4-5@20250929', 'vertex_ai', 'library:google/claude-sonnet-4-5', 'alias'],
  ['groq/llama-3.3-70b-versatile', null, 'library:groq/llama-3.3-70b-versatile', 'alias'],
  ['mistral/mistral-large-latest', null, 'library:mistral/mistral-large', 'alias'],
  ['xai/grok-3', null, 'library:x-ai/grok-3', 'alias'],
  [
    'together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo',
    null,
    'library:together/meta-llama/Llama-3.3-70B-Instruct-Turbo',
    'alias',
  ],
  [
    'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    'together',
    'library:together/meta-llama/Llama-3.3-70B-Instruct-Turbo',
    'exact',
  ],
  ['accounts/fireworks/models/deepseek-r1-0528', null, 'library:fireworks/deepseek-r1-0528', 'exact'],
  ['fireworks_ai/accounts/fireworks/models/deepseek-r1-0528', null, 'library:fireworks/deepseek-r1-0528', 'alias'],
  ['openrouter/anthropic/claude-sonnet-4.5', null, 'library:openrouter/anthropic/claude-sonnet-4.5', 'alias'],
  ['anthropic/claude-sonnet-4.5', 'openrouter', 'library:openrouter/anthropic/claude-sonnet-4.5', 'exact'],
  ['litellm_proxy/openai/gpt-4o', null, 'library:openai/gpt-4o', 'alias'],
  ['claude-sonnet-4-5-20250929[1m]', 'anthropic', sonnet45, 'alias'],
];

const azure: readonly NameCase[] = [
  ['azure/gpt-4o', null, 'library:azure/gpt-4o', 'alias'],
  ['gpt-4o', 'azure', 'library:azure/gpt-4o', 'exact'],
  ['gpt-4o', 'azure.ai.openai', 'library:azure/gpt-4o', 'exact'],
  ['gpt-4o', 'azure-openai.chat', 'library:azure/gpt-4o', 'exact'],
  ['azure/eu/gpt-4o', null, 'library:azure/gpt-4o/eu', 'alias'],
  ['azure/us/gpt-4o-2024-08-06', null, 'library:azure/gpt-4o/us', 'alias'],
  ['azure/global-standard/gpt-4o', null, 'library:azure/gpt-4o', 'alias'],
  ['gpt-35-turbo', 'azure', 'library:azure/gpt-3.5-turbo', 'exact'],
  ['azure/gpt-4.1-mini-2025-04-14', null, 'library:azure/gpt-4.1-mini', 'alias'],
];

const bedrock: readonly NameCase[] = [
  ['anthropic.claude-3-5-sonnet-20241022-v2:0', 'aws.bedrock', sonnet35v2, 'alias'],
  ['us.anthropic.claude-3-5-sonnet-20241022-v2:0', null, sonnet35v2, 'alias'],
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'bedrock', regionalSonnet45, 'alias'],
  ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', null, regionalSonnet45, 'alias'],
  ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', null, globalSonnet45, 'exact'],
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'anthropic', regionalSonnet45, 'alias'],
  ['bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0', null, regionalSonnet45, 'alias'],
  ['bedrock/converse/us.anthropic.claude-sonnet-4-5-20250929-v1:0', null, regionalSonnet45, 'alias'],
  [
    'bedrock/us-east-1/anthropic.claude-3-haiku-20240307-v1:0',
    null,
    'library:aws/regional.anthropic.claude-3-haiku-20240307-v1:0',
    'alias',
  ],
  ['bedrock:/anthropic.claude-3-5-sonnet-20241022-v2:0', null, sonnet35v2, 'alias'],
  ['arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20241022-v2:0', null, sonnet35v2, 'alias'],
  [
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    null,
    regionalSonnet45,
    'alias',
  ],
  ['amazon.nova-lite-v1:0', null, 'library:aws/amazon.nova-lite-v1:0', 'exact'],
  ['us.meta.llama3-1-70b-instruct-v1:0', 'amazon-bedrock', 'library:aws/meta.llama3-1-70b-instruct-v1:0', 'alias'],
];

const databricks: readonly NameCase[] = [
  ['databricks-claude-sonnet-4', 'openai', 'book:databricks/databricks-claude-sonnet-4', 'exact'],
  ['databricks-claude-sonnet-4', 'databricks', 'book:databricks/databricks-claude-sonnet-4', 'exact'],
  ['databricks-gpt-5-1', null, 'book:databricks/databricks-gpt-5-1', 'exact'],
  ['databricks-meta-llama-3-3-70b-instruct', null, 'book:databricks/databricks-meta-llama-3-3-70b-instruct', 'exact'],
  ['databricks-gte-large-en', null, 'book:databricks/databricks-gte-large-en', 'exact'],
  ['endpoints:/databricks-claude-sonnet-4', null, 'book:databricks/databricks-claude-sonnet-4', 'alias'],
  ['databricks:/databricks-claude-sonnet-4', null, 'book:databricks/databricks-claude-sonnet-4', 'alias'],
  ['databricks/databricks-claude-sonnet-4-5', null, 'book:databricks/databricks-claude-sonnet-4-5', 'alias'],
  ['claude-sonnet-4', 'databricks', 'book:databricks/databricks-claude-sonnet-4', 'alias'],
];

const fineTuned: readonly NameCase[] = [
  ['ft:gpt-4o-2024-08-06:acme::AbCd', null, 'library:openai/ft:gpt-4o', 'alias'],
  ['ft:gpt-4o-mini-2024-07-18:acme:support:AbCd', 'openai', 'library:openai/ft:gpt-4o-mini', 'alias'],
  ['ft:gpt-4.1-2025-04-14:acme::AbCd', 'openai', 'book:openai/ft:gpt-4.1-2025-04-14', 'alias'],
  ['ft:gpt-3.5-turbo-0125:acme::AbCd', null, 'library:openai/ft:gpt-3.5-turbo-', 'alias'],
];

const families: readonly NameCase[] = [
  ['claude-sonnet-4-5-xyz', 'anthropic', sonnet45, 'family'],
  ['anthropic/claude-sonnet-4-5-thinking', null, sonnet45, 'family'],
];

export const pricedNames: readonly NameCase[] = [
  ...asMade,
  ...withPlaces,
  ...azure,
  ...bedrock,
  ...databricks,
  ...fineTuned,
  ...families,
];

/** Names that have no price, and why. */
export const unpricedNames: readonly (readonly [name: string | null, provider: string | null, reason: string])[] = [
  [null, 'openai', 'no_model'],
  ['', null, 'no_model'],
  ['endpoints:/my-agent', null, 'endpoint'],
  ['gateway:/chat', null, 'endpoint'],
  ['system.ai.llama_v3_3_70b_instruct', 'databricks', 'provisioned'],
  ['arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123', null, 'provisioned'],
  ['ft:gpt-5:acme::AbCd', 'openai', 'no_price'],
  ['llama3.2', 'ollama', 'no_price'],
  ['my-model', 'openai', 'no_price'],
  ['unknown', null, 'no_price'],
];
