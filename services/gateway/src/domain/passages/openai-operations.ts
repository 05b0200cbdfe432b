import type { Ask } from '../ask';
import { openai } from '../dialects/openai';
import { openaiInputUsageIn } from '../dialects/openai/usage';
import type { Destination, Passage } from './passage';
import type { Change } from './rewritten-body';
import { sameDialect } from './same-dialect';

/** Streams are asked to tell their usage, where the provider takes the question. */
const usageOption = (ask: Ask, { quirks }: Destination): Change | undefined =>
  ask.stream && !ask.usageAsked && quirks.streamOptions ? ['stream_options', withUsage(ask)] : undefined;

const withUsage = ({ body, members }: Ask): string => {
  const span = members.get('stream_options');
  const options = span ? (JSON.parse(body.toString('utf8', span.start, span.end)) as object | null) : null;
  return JSON.stringify({ ...options, include_usage: true });
};

/** Of every text generation. */
const GENERATION = [
  ...['model', 'n', 'stream', 'stream_options', 'temperature', 'top_p', 'stop', 'seed', 'user', 'logit_bias'],
  ...['frequency_penalty', 'presence_penalty', 'logprobs', 'max_tokens', 'metadata'],
];
const CHAT = new Set([
  ...GENERATION,
  ...['messages', 'max_completion_tokens', 'top_logprobs', 'response_format', 'tools', 'tool_choice'],
  ...['parallel_tool_calls', 'functions', 'function_call', 'reasoning_effort', 'verbosity', 'modalities'],
  ...['audio', 'prediction', 'service_tier', 'store', 'safety_identifier', 'prompt_cache_key'],
  ...['prompt_cache_retention', 'web_search_options'],
]);
const COMPLETION = new Set([...GENERATION, 'prompt', 'suffix', 'echo', 'best_of']);

export const chatCompletions: Passage = sameDialect(openai, {
  path: '/chat/completions',
  parameters: CHAT,
  member: usageOption,
});
export const completions: Passage = sameDialect(openai, {
  path: '/completions',
  parameters: COMPLETION,
  member: usageOption,
});
export const embeddings: Passage = sameDialect(openai, { path: '/embeddings', usageIn: openaiInputUsageIn });
