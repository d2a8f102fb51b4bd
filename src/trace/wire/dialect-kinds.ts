/**
 * The kinds of spans in other conventions than MLflow's, as data; the conventions are listed in dialects.ts. Pure; imports
 * nothing.
 */

/** MLflow's span type by the attribute that names the kind of a span and by its value, in the order of the search. */
export const kindNames: readonly (readonly [attribute: string, kinds: Readonly<Record<string, string>>])[] = [
  [
    'openinference.span.kind',
    {
      TOOL: 'TOOL',
      CHAIN: 'CHAIN',
      LLM: 'LLM',
      RETRIEVER: 'RETRIEVER',
      EMBEDDING: 'EMBEDDING',
      AGENT: 'AGENT',
      RERANKER: 'RERANKER',
      GUARDRAIL: 'GUARDRAIL',
      EVALUATOR: 'EVALUATOR',
    },
  ],
  [
    'span.type',
    {
      'claude_code.interaction': 'AGENT',
      'claude_code.llm_request': 'LLM',
      'claude_code.tool': 'TOOL',
      interaction: 'AGENT',
      llm_request: 'LLM',
      agent: 'AGENT',
      llm: 'LLM',
      tool: 'TOOL',
      memory: 'MEMORY',
    },
  ],
  [
    'gen_ai.operation.name',
    {
      chat: 'CHAT_MODEL',
      create_agent: 'AGENT',
      invoke_agent: 'AGENT',
      invoke_workflow: 'WORKFLOW',
      embeddings: 'EMBEDDING',
      execute_tool: 'TOOL',
      retrieval: 'RETRIEVER',
      generate_content: 'LLM',
      text_completion: 'LLM',
      response: 'LLM',
      llm_call: 'LLM',
      tool_call: 'TOOL',
      agent_call: 'AGENT',
    },
  ],
  ['traceloop.span.kind', { workflow: 'WORKFLOW', task: 'TASK', agent: 'AGENT', tool: 'TOOL' }],
  ['llm.request.type', { chat: 'CHAT_MODEL', completion: 'LLM', embedding: 'EMBEDDING', rerank: 'RERANKER' }],
  [
    'ai.operationId',
    {
      'ai.generateText': 'LLM',
      'ai.generateText.doGenerate': 'LLM',
      'ai.streamText': 'LLM',
      'ai.streamText.doStream': 'LLM',
      'ai.generateObject': 'LLM',
      'ai.generateObject.doGenerate': 'LLM',
      'ai.streamObject': 'LLM',
      'ai.streamObject.doStream': 'LLM',
      'ai.embed': 'EMBEDDING',
      'ai.embed.doEmbed': 'EMBEDDING',
      'ai.embedMany': 'EMBEDDING',
      'ai.embedMany.doEmbed': 'EMBEDDING',
      'ai.toolCall': 'TOOL',
    },
  ],
  ['entity.type', { agent: 'AGENT', llm: 'LLM', tool: 'TOOL', memory: 'MEMORY' }],
  [
    'lmnr.span.type',
    {
      LLM: 'LLM',
      CACHED: 'LLM',
      TOOL: 'TOOL',
      DEFAULT: 'CHAIN',
      PIPELINE: 'CHAIN',
      EXECUTOR: 'AGENT',
      EVALUATOR: 'EVALUATOR',
      HUMAN_EVALUATOR: 'EVALUATOR',
      EVALUATION: 'EVALUATOR',
    },
  ],
  [
    'langfuse.observation.type',
    {
      generation: 'LLM',
      embedding: 'EMBEDDING',
      tool: 'TOOL',
      retriever: 'RETRIEVER',
      agent: 'AGENT',
      chain: 'CHAIN',
      evaluator: 'EVALUATOR',
      guardrail: 'GUARDRAIL',
    },
  ],
];

/** Attributes whose mere presence tells the kind of a span that no other attribute tells, in the order of the search. */
export const kindsByPresence: readonly (readonly [attribute: string, kind: string])[] = [
  ['gen_ai.request.model', 'LLM'],
  ['lk.retry_count', 'LLM'],
  ['lk.function_tool.name', 'TOOL'],
  ['lk.agent_name', 'AGENT'],
];
