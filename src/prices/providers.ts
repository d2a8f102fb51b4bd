/** Who sells a model: names of providers as traces have them, and models by the shape of their name. Data; pure. */

/**
 * Names under which tracing libraries and gateways know a provider, and ours: that of `@pydantic/genai-prices`, and
 * `databricks`. Vercel AI adds the kind of API behind a dot (`openai.chat`): the part before it is looked up too.
 */
const providerNames: Readonly<Record<string, string>> = {
  openai: 'openai',
  text_completion_openai: 'openai',
  azure: 'azure',
  azure_openai: 'azure',
  azure_ai: 'azure',
  'azure-openai': 'azure',
  'azure.ai.openai': 'azure',
  'azure.ai.inference': 'azure',
  'az.ai.openai': 'azure',
  'az.ai.inference': 'azure',
  azureopenai: 'azure',
  anthropic: 'anthropic',
  claude: 'anthropic',
  bedrock: 'aws',
  bedrock_converse: 'aws',
  aws: 'aws',
  aws_bedrock: 'aws',
  'aws.bedrock': 'aws',
  'amazon-bedrock': 'aws',
  amazon_bedrock: 'aws',
  google: 'google',
  gemini: 'google',
  google_genai: 'google',
  google_vertexai: 'google',
  'google.generative-ai': 'google',
  'google.vertex': 'google',
  'gcp.gemini': 'google',
  'gcp.vertex_ai': 'google',
  'gcp.gen_ai': 'google',
  'gcp.vertex.agent': 'google',
  vertex: 'google',
  vertexai: 'google',
  vertex_ai: 'google',
  'vertex_ai-anthropic_models': 'google',
  palm: 'google',
  databricks: 'databricks',
  'databricks-model-serving': 'databricks',
  groq: 'groq',
  mistral: 'mistral',
  mistralai: 'mistral',
  mistral_ai: 'mistral',
  codestral: 'mistral',
  cohere: 'cohere',
  cohere_chat: 'cohere',
  deepseek: 'deepseek',
  xai: 'x-ai',
  x_ai: 'x-ai',
  'x-ai': 'x-ai',
  together: 'together',
  together_ai: 'together',
  togetherai: 'together',
  fireworks: 'fireworks',
  fireworks_ai: 'fireworks',
  openrouter: 'openrouter',
  perplexity: 'perplexity',
  cerebras: 'cerebras',
  novita: 'novita',
  voyage: 'voyageai',
  voyageai: 'voyageai',
  moonshot: 'moonshotai',
  moonshotai: 'moonshotai',
  zai: 'zai',
  minimax: 'minimax',
};

/** Models by the beginning of their name, where nobody says who sells them. */
const nameShapes: readonly (readonly [RegExp, string])[] = [
  [/^databricks-/, 'databricks'],
  [/^accounts\/fireworks\//, 'fireworks'],
  [
    /^(?:(?:us|eu|apac|global|us-gov|jp|au|ca)\.)?(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|google|nvidia|writer)\.[a-z0-9]/,
    'aws',
  ],
  [
    /^(?:ft:)?(?:gpt-|chatgpt-|o[1-9](?:$|-)|text-embedding-(?:3|ada)|davinci|babbage|text-davinci|codex-|whisper-|omni-moderation)/,
    'openai',
  ],
  [/^claude/, 'anthropic'],
  [/^(?:gemini|gemma|text-embedding-0|embedding-0|text-multilingual-embedding)/, 'google'],
  [/^(?:mistral|codestral|ministral|magistral|devstral|pixtral|open-mixtral|open-mistral)/, 'mistral'],
  [/^(?:command|embed-|rerank-)/, 'cohere'],
  [/^deepseek-/, 'deepseek'],
  [/^grok-/, 'x-ai'],
  [/^sonar/, 'perplexity'],
  [/^voyage-/, 'voyageai'],
  [/^(?:kimi|moonshot)/, 'moonshotai'],
];

/** Our id of a provider; null for a name that is none, such as that of a framework. */
export function providerId(name: string | null): string | null {
  const wanted = name?.trim().toLowerCase() ?? '';
  if (Object.hasOwn(providerNames, wanted)) return providerNames[wanted] ?? null;
  const [first = ''] = wanted.split('.');
  return Object.hasOwn(providerNames, first) ? (providerNames[first] ?? null) : null;
}

/** The provider that a name of a model tells by its shape; null where it tells none. */
export function providerOfShape(model: string): string | null {
  return nameShapes.find(([shape]) => shape.test(model))?.[1] ?? null;
}
