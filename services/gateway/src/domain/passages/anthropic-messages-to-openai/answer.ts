import { toldErrorIn } from '../../dialects/openai-errors';
import { type Json, isObject, objectOf, objectsIn } from '../../json-values';
import type { Usage } from '../../usage';
import { argumentsOf, textOf } from '../translation';
import { KeptThought } from './kept-thought';

const STOP_REASONS: ReadonlyMap<string, string> = new Map([
  ['stop', 'end_turn'],
  ['length', 'max_tokens'],
  ['tool_calls', 'tool_use'],
  ['function_call', 'tool_use'],
  ['content_filter', 'refusal'],
]);

/** Why the model stopped, in Anthropic's words; some servers stop for calls without saying so. */
export const stopReasonOf = (finishReason: unknown, called: boolean): string => {
  const reason = STOP_REASONS.get(textOf(finishReason)) ?? 'end_turn';
  return called && reason === 'end_turn' ? 'tool_use' : reason;
};

/** Anthropic's usage: what was cached, or written to the cache, is no part of its input. */
export const messageUsage = (usage: Usage): Json => ({
  input_tokens: usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens,
  cache_creation_input_tokens: usage.cacheWriteTokens,
  cache_read_input_tokens: usage.cachedInputTokens,
  output_tokens: usage.outputTokens,
});

/** An id of a call; some servers give none. */
export const callIdOf = (id: unknown, messageId: string, index: number): string =>
  textOf(id) || `toolu_${messageId.replace(/[^a-zA-Z0-9_-]/g, '')}_${index}`;

/** Where servers of OpenAI's language say what was thought: beside the content, or in parts of it. */
export const thoughtIn = ({ reasoning_content: beside, reasoning, content }: Json): string =>
  textOf(beside) ||
  textOf(reasoning) ||
  objectsIn(content)
    .map(({ thinking }) => saidIn(thinking))
    .join('');

/** A content that is text, or parts of it. */
export const saidIn = (content: unknown): string =>
  textOf(content) ||
  objectsIn(content)
    .map(({ text }) => textOf(text))
    .join('');

const callsIn = (message: Json, id: string): Json[] =>
  objectsIn(message['tool_calls']).map((call, index) => {
    const called = objectOf(call['function']);
    const input = argumentsOf(textOf(called['arguments']));
    return { type: 'tool_use', id: callIdOf(call['id'], id, index), name: textOf(called['name']), input };
  });

const contentOf = (message: Json, id: string, kept: KeptThought): Json[] => {
  const thinking = thoughtIn(message);
  kept.add(message['reasoning_details']);
  const text = saidIn(message['content']) + textOf(message['refusal']);
  return [
    ...(thinking === '' ? [] : [{ type: 'thinking', thinking, signature: '' }]),
    ...kept.blocks(),
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...callsIn(message, id),
  ];
};

/** Who answers, where a server does not say. */
export interface MessageHead {
  readonly id: string;
  readonly model: string;
}

/** A chat completion as a message; undefined where it is none. */
export const toMessage = (
  completion: unknown,
  head: MessageHead,
  usage: Usage | undefined,
): Json | undefined => {
  const from = objectOf(completion);
  const choice = Array.isArray(from['choices']) ? objectOf(from['choices'][0]) : {};
  if (!isObject(choice['message'])) return undefined;
  const id = textOf(from['id']) || head.id;
  const content = contentOf(choice['message'], id, new KeptThought(head.model));
  const refused = textOf(choice['message']['refusal']) !== '';
  const called = content.some(({ type }) => type === 'tool_use');
  return {
    id,
    type: 'message',
    role: 'assistant',
    model: textOf(from['model']) || head.model,
    content,
    stop_reason: refused ? 'refusal' : stopReasonOf(choice['finish_reason'], called),
    stop_sequence: null,
    ...(usage && { usage: messageUsage(usage) }),
  };
};

/** An error of OpenAI's in Anthropic's envelope. */
export const toMessageError = (answer: unknown): Json => {
  const { type, message } = toldErrorIn(answer);
  const told = textOf(message) || 'The provider failed.';
  return { type: 'error', error: { type: textOf(type) || 'api_error', message: told } };
};
