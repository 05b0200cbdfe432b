import { bedrockUsageIn } from '../../dialects/bedrock/usage';
import { type Json, objectOf, isObject } from '../../json-values';
import type { Usage } from '../../usage';
import { textOf } from '../translation';

const STOP_REASONS: ReadonlyMap<string, string> = new Map([
  ['end_turn', 'end_turn'],
  ['stop_sequence', 'stop_sequence'],
  ['max_tokens', 'max_tokens'],
  ['model_context_window_exceeded', 'model_context_window_exceeded'],
  ['tool_use', 'tool_use'],
  ['content_filtered', 'refusal'],
  ['guardrail_intervened', 'refusal'],
]);

export const stopReasonOf = (stopReason: unknown): string =>
  STOP_REASONS.get(textOf(stopReason)) ?? 'end_turn';

/** Anthropic's usage: what was cached, or written to the cache, is no part of its input. */
export const messageUsage = (usage: Usage): Json => ({
  input_tokens: usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens,
  cache_creation_input_tokens: usage.cacheWriteTokens,
  cache_read_input_tokens: usage.cachedInputTokens,
  output_tokens: usage.outputTokens,
});

const thoughtOf = (content: Json): Json[] => {
  const { redactedContent, reasoningText } = content;
  if (typeof redactedContent === 'string') return [{ type: 'redacted_thinking', data: redactedContent }];
  const { text, signature } = objectOf(reasoningText);
  return [{ type: 'thinking', thinking: textOf(text), signature: textOf(signature) }];
};

const blockOf = (value: unknown): Json[] => {
  const block = objectOf(value);
  if (typeof block['text'] === 'string') return [{ type: 'text', text: block['text'] }];
  if (isObject(block['reasoningContent'])) return thoughtOf(block['reasoningContent']);
  if (!isObject(block['toolUse'])) return [];
  const { toolUseId, name, input } = block['toolUse'];
  return [{ type: 'tool_use', id: textOf(toolUseId), name: textOf(name), input: objectOf(input) }];
};

/** Who answers, which Bedrock does not say. */
export interface MessageHead {
  readonly id: string;
  readonly model: string;
}

/** An answer of Converse as a message; undefined where it is none. */
export const toMessage = (answer: unknown, head: MessageHead): Json | undefined => {
  const from = objectOf(answer);
  const { content } = objectOf(objectOf(from['output'])['message']);
  if (!Array.isArray(content)) return undefined;
  const usage = bedrockUsageIn(from);
  return {
    ...head,
    type: 'message',
    role: 'assistant',
    content: content.flatMap(blockOf),
    stop_reason: stopReasonOf(from['stopReason']),
    stop_sequence: null,
    ...(usage && { usage: messageUsage(usage) }),
  };
};

const ERROR_TYPES: ReadonlyMap<string, string> = new Map([
  ['throttlingException', 'rate_limit_error'],
  ['validationException', 'invalid_request_error'],
  ['serviceUnavailableException', 'overloaded_error'],
  ['modelTimeoutException', 'timeout_error'],
]);

/** An error of Bedrock's in Anthropic's envelope; its type comes apart from it, if at all. */
export const toMessageError = (answer: unknown, exception = ''): Json => {
  const { message, Message } = objectOf(answer);
  const told = textOf(message) || textOf(Message) || 'The provider failed.';
  return { type: 'error', error: { type: ERROR_TYPES.get(exception) ?? 'api_error', message: told } };
};
