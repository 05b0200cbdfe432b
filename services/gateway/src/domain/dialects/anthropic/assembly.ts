import { type Json, objectOf } from '../../json-values';
import { toldEventsIn } from '../told-events';
import { toldAfter } from './usage';

/**
 * The message that a stream tells, for who did not ask for a stream; the error, where it tells one. Undefined where the body
 * is no stream, or breaks off.
 */
export const anthropicAnswerOf = (body: Buffer): Json | undefined => {
  const events = toldEventsIn(body)?.events ?? [];
  const failure = events.find(({ type }) => type === 'error');
  if (failure) return failure;
  if (!events.some(({ type }) => type === 'message_stop')) return undefined;
  const message = events.reduce(withEvent, {});
  const content = contentOf(message);
  return { ...message, content: content.map(wholeBlock) };
};

const withEvent = (message: Json, event: Json): Json => {
  switch (event['type']) {
    case 'message_start':
      return objectOf(event['message']);
    case 'content_block_start':
      return { ...message, content: [...contentOf(message), objectOf(event['content_block'])] };
    case 'content_block_delta':
      return { ...message, content: withDelta(contentOf(message), event) };
    case 'message_delta':
      return {
        ...message,
        ...objectOf(event['delta']),
        usage: toldAfter(objectOf(message['usage']), objectOf(event['usage'])),
      };
    default:
      return message;
  }
};

const withDelta = (content: readonly Json[], { index, delta }: Json): readonly Json[] =>
  content.map((block, at) => (at === index ? withPart(block, objectOf(delta)) : block));

/** What a delta adds to the block that it is of, by the delta's type. */
const withPart = (block: Json, delta: Json): Json => {
  switch (delta['type']) {
    case 'text_delta':
      return { ...block, text: joined(block['text'], delta['text']) };
    case 'thinking_delta':
      return { ...block, thinking: joined(block['thinking'], delta['thinking']) };
    case 'signature_delta':
      return { ...block, signature: delta['signature'] };
    case 'citations_delta':
      return { ...block, citations: [...listOf(block['citations']), delta['citation']] };
    case 'input_json_delta':
      return { ...block, [PARTIAL]: joined(block[PARTIAL], delta['partial_json']) };
    default:
      return block;
  }
};

const PARTIAL = 'partial_json';

const wholeBlock = ({ [PARTIAL]: partial, ...block }: Json): Json =>
  typeof partial === 'string' && partial !== '' ? { ...block, input: inputOf(partial) } : block;

const inputOf = (json: string): unknown => {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return {};
  }
};

const joined = (before: unknown, now: unknown): string =>
  `${typeof before === 'string' ? before : ''}${typeof now === 'string' ? now : ''}`;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

const contentOf = (message: Json): readonly Json[] => listOf(message['content']).map(objectOf);
