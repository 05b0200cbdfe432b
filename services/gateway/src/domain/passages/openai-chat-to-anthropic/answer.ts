import { anthropicUsageIn } from '../../dialects/anthropic/usage';
import { type Json, objectOf, isObject } from '../../dialects/json-values';
import type { Usage } from '../../usage';
import { listAt, textOf } from '../translation';

const FINISH_REASONS: ReadonlyMap<string, string> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['pause_turn', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
]);

/** Why the model stopped, in OpenAI's words. */
export const finishReasonOf = (stopReason: unknown): string =>
  FINISH_REASONS.get(textOf(stopReason)) ?? 'stop';

/** OpenAI's usage: what was cached is part of the prompt. */
export const chatUsage = (usage: Usage): Json => ({
  prompt_tokens: usage.inputTokens,
  completion_tokens: usage.outputTokens,
  total_tokens: usage.inputTokens + usage.outputTokens,
  prompt_tokens_details: {
    cached_tokens: usage.cachedInputTokens,
    cache_write_tokens: usage.cacheWriteTokens,
  },
  ...(usage.reasoningTokens !== undefined && {
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  }),
});

/** A thought in the form that several of OpenAI's kin have, from which it can be given back as it was. */
export const thoughtDetails = (block: Json, index: number): Json[] => {
  if (block['type'] === 'redacted_thinking')
    return [{ type: 'reasoning.encrypted', data: textOf(block['data']), index }];
  if (block['type'] !== 'thinking') return [];
  const { thinking, signature } = block;
  return [{ type: 'reasoning.text', text: textOf(thinking), signature: textOf(signature), index }];
};

const callOf = (block: Json): Json => ({
  id: textOf(block['id']),
  type: 'function',
  function: { name: textOf(block['name']), arguments: JSON.stringify(objectOf(block['input'])) },
});

const textIn = (blocks: readonly Json[], type: string, member: string): string =>
  blocks
    .filter((block) => block['type'] === type)
    .map((block) => textOf(block[member]))
    .join('');

const messageOf = (blocks: readonly Json[]): Json => {
  const calls = blocks.filter(({ type }) => type === 'tool_use').map(callOf);
  const details = blocks.flatMap(thoughtDetails);
  const text = textIn(blocks, 'text', 'text');
  const thought = textIn(blocks, 'thinking', 'thinking');
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(thought !== '' && { reasoning_content: thought }),
    ...(details.length > 0 && { reasoning_details: details }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
};

/** A message as a chat completion; undefined where it is none. `created` is in seconds since the epoch. */
export const toChatCompletion = (message: unknown, created: number): Json | undefined => {
  const from = objectOf(message);
  if (from['type'] !== 'message' || !Array.isArray(from['content'])) return undefined;
  const usage = anthropicUsageIn(from);
  return {
    id: textOf(from['id']),
    object: 'chat.completion',
    created,
    model: textOf(from['model']),
    choices: [
      {
        index: 0,
        message: messageOf(listAt(from['content'], 'content').filter(isObject)),
        logprobs: null,
        finish_reason: finishReasonOf(from['stop_reason']),
      },
    ],
    ...(usage && { usage: chatUsage(usage) }),
  };
};

/** An error of Anthropic's in OpenAI's envelope. */
export const toChatError = (answer: unknown): Json => {
  const { type, message } = objectOf(objectOf(answer)['error']);
  const told = textOf(message) || 'The provider failed.';
  return { error: { message: told, type: textOf(type) || 'api_error', param: null, code: null } };
};
