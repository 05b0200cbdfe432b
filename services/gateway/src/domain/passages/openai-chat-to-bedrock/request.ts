import type { Json } from '../../json-values';
import { Refusal } from '../../refusal';
import { toConverseRequest as fromMessages } from '../anthropic-messages-to-bedrock/request';
import { toMessagesRequest } from '../openai-chat-to-anthropic/request';
import type { Translated, TranslationTarget } from '../translation';

/** Where a chat completion has what a message has elsewhere; contents are counted anew, so that only messages can be named. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/^messages\b.*/, 'messages'],
  [/^thinking$/, 'reasoning_effort'],
  [/^tool_choice\.disable_parallel_tool_use$/, 'parallel_tool_calls'],
  [/^output_config\.format$/, 'response_format'],
  [/^metadata$/, 'user'],
];

const placeOf = (param: string): string => {
  const found = PLACES.find(([pattern]) => pattern.test(param));
  return found ? param.replace(found[0], found[1]) : param;
};

const renamed = (error: unknown): unknown =>
  error instanceof Refusal && error.details.param !== undefined
    ? new Refusal(error.code, error.message, { ...error.details, param: placeOf(error.details.param) })
    : error;

/** Converse and Anthropic's messages have the same notions, so a chat completion becomes a message first. */
export const toConverseRequest = (body: Json, target: TranslationTarget): Translated => {
  const message = toMessagesRequest(body, target);
  try {
    const request = fromMessages(message.body, target);
    return { body: request.body, dropped: [...message.dropped, ...request.dropped.map(placeOf)] };
  } catch (error) {
    throw renamed(error);
  }
};
