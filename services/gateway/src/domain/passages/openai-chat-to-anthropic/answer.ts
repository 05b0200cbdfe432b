import { anthropicUsageIn } from '../../dialects/anthropic/usage';
import { toldErrorIn } from '../../dialects/openai-errors';
import { type Json, objectOf, isObject } from '../../json-values';
import type { Usage } from '../../usage';
import { textOf } from '../translation';

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
  // What is undefined is not written.
  completion_tokens_details:
    usage.reasoningTokens === undefined ? undefined : { reasoning_tokens: usage.reasoningTokens },
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

/** What is undefined of it is not written. */
const messageOf = (blocks: readonly Json[]): Json => {
  const calls: Json[] = [];
  const details: Json[] = [];
  let [text, thought] = ['', ''];
  blocks.forEach((block, index) => {
    if (block['type'] === 'text') text += textOf(block['text']);
    else if (block['type'] === 'tool_use') calls.push(callOf(block));
    else {
      if (block['type'] === 'thinking') thought += textOf(block['thinking']);
      details.push(...thoughtDetails(block, index));
    }
  });
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    reasoning_content: thought === '' ? undefined : thought,
    reasoning_details: details.length > 0 ? details : undefined,
    tool_calls: calls.length > 0 ? calls : undefined,
  };
};

/** A message as a chat completion; undefined where it is none. `created` is in seconds since the epoch. */
export const toChatCompletion = (message: unknown, created: number): Json | undefined => {
  const from = objectOf(message);
  if (from['type'] !== 'message' || !Array.isArray(from['content'])) return undefined;
  const usage = anthropicUsageIn(from);
  const blocks: readonly unknown[] = from['content'];
  return {
    id: textOf(from['id']),
    object: 'chat.completion',
    created,
    model: textOf(from['model']),
    choices: [
      {
        index: 0,
        message: messageOf(blocks.every(isObject) ? blocks : blocks.filter(isObject)),
        logprobs: null,
        finish_reason: finishReasonOf(from['stop_reason']),
      },
    ],
    usage: usage && chatUsage(usage),
  };
};

/** An error of Anthropic's in OpenAI's envelope. */
export const toChatError = (answer: unknown): Json => {
  const { type, message } = toldErrorIn(answer);
  const told = textOf(message) || 'The provider failed.';
  return { error: { message: told, type: textOf(type) || 'api_error', param: null, code: null } };
};
