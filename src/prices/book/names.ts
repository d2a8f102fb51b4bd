/** Names under which a model of the library also goes. Data. */

/** By provider: the name in traces, and the library's. */
export const otherNames: Readonly<Record<string, Readonly<Record<string, string>> | undefined>> = {
  google: {
    'gemini-3-pro': 'gemini-3-pro-preview',
    'gemini-3-flash': 'gemini-3-flash-preview',
    'gemini-3.1-pro': 'gemini-3.1-pro-preview',
    'gemini-3-pro-image': 'gemini-3-pro-image-preview',
  },
  anthropic: {
    'claude-4-sonnet': 'claude-sonnet-4-0',
    'claude-4-opus': 'claude-opus-4-0',
    'claude-sonnet-4': 'claude-sonnet-4-0',
    'claude-opus-4': 'claude-opus-4-0',
    'claude-3.5-sonnet': 'claude-3-5-sonnet',
    'claude-3.7-sonnet': 'claude-3-7-sonnet-latest',
    'claude-3-7-sonnet': 'claude-3-7-sonnet-latest',
    'claude-3.5-haiku': 'claude-3-5-haiku-latest',
    'claude-3-5-haiku': 'claude-3-5-haiku-latest',
    'claude-3-opus': 'claude-3-opus-latest',
  },
  openai: {
    'gpt-35-turbo': 'gpt-3.5-turbo',
    'gpt-35-turbo-16k': 'gpt-3.5-turbo-16k',
    'gpt-5-chat-latest': 'gpt-5',
    'gpt-5-codex': 'gpt-5',
  },
  azure: {
    'gpt-35-turbo': 'gpt-3.5-turbo',
    'gpt-35-turbo-16k': 'gpt-3.5-turbo-16k',
  },
  cohere: { 'command-r-08-2024': 'command-r', 'command-r-plus-08-2024': 'command-r-plus' },
};
