import { type Json, objectOf } from '../../json-values';
import { invalidRequest } from '../../refusal';
import {
  leaveOutOfDocument,
  listAt,
  objectAt,
  type Omissions,
  textAt,
  textOf,
  unlessEmpty,
} from '../translation';
import { keptDetails } from './kept-thought';

/** A content of blocks, or of text alone. */
const blocksOf = (content: unknown, path: string): readonly Json[] =>
  typeof content === 'string'
    ? [{ type: 'text', text: content }]
    : listAt(content, path).map((block, at) => objectAt(block, `${path}.${at}`));

const sourceUrl = (source: Json, path: string): string | undefined => {
  switch (source['type']) {
    case 'url':
      return textAt(source['url'], `${path}.source.url`);
    case 'base64':
      return `data:${textOf(source['media_type'])};base64,${textAt(source['data'], `${path}.source.data`)}`;
    default:
      return undefined;
  }
};

const imagePart = (block: Json, path: string, omissions: Omissions): Json[] => {
  const url = sourceUrl(objectAt(block['source'], `${path}.source`), path);
  if (url !== undefined) return [{ type: 'image_url', image_url: { url } }];
  omissions.leaveOut(`${path}.source`, 'The provider takes images by their data or their address.');
  return [];
};

/** Of documents, OpenAI takes text as text, and files whose data is in the request. */
const documentPart = (block: Json, path: string, omissions: Omissions): Json[] => {
  leaveOutOfDocument(block, path, omissions);
  const source = objectAt(block['source'], `${path}.source`);
  if (source['type'] === 'text')
    return [{ type: 'text', text: textAt(source['data'], `${path}.source.data`) }];
  if (source['type'] === 'base64') {
    const filename = textOf(block['title']) || 'document.pdf';
    return [{ type: 'file', file: { filename, file_data: sourceUrl(source, path) } }];
  }
  omissions.leaveOut(`${path}.source`, 'The provider takes documents whose data is in the request.');
  return [];
};

const userPart = (block: Json, path: string, omissions: Omissions): Json[] => {
  switch (block['type']) {
    case 'text':
      return [{ type: 'text', text: textAt(block['text'], `${path}.text`) }];
    case 'image':
      return imagePart(block, path, omissions);
    case 'document':
      return documentPart(block, path, omissions);
    default:
      omissions.leaveOut(path, 'The provider has no blocks of this type.');
      return [];
  }
};

/** One text is said as text, which every server understands. */
const contentOf = (parts: readonly Json[]): unknown => {
  const [only, ...others] = parts;
  return only?.['type'] === 'text' && others.length === 0 ? only['text'] : parts;
};

/** OpenAI's results are text; that one is an error is said in it. */
const resultMessage = (block: Json, path: string, omissions: Omissions): Json => {
  const texts = blocksOf(block['content'], `${path}.content`).flatMap((part, at) => {
    if (part['type'] === 'text') return [textAt(part['text'], `${path}.content.${at}.text`)];
    omissions.leaveOut(`${path}.content.${at}`, 'The provider takes results of tools as text alone.');
    return [];
  });
  const said = texts.join('\n');
  const content = block['is_error'] === true ? `Error: ${said}` : said;
  return { role: 'tool', tool_call_id: textAt(block['tool_use_id'], `${path}.tool_use_id`), content };
};

/** Results answer the turn before, so they come first; the rest of the turn is one message. */
const userMessages = (blocks: readonly Json[], path: string, omissions: Omissions): Json[] => {
  const results: Json[] = [];
  const parts: Json[] = [];
  for (const [at, block] of blocks.entries()) {
    const place = `${path}.content.${at}`;
    if (block['type'] === 'tool_result') results.push(resultMessage(block, place, omissions));
    else parts.push(...userPart(block, place, omissions));
  }
  return parts.length > 0 ? [...results, { role: 'user', content: contentOf(parts) }] : results;
};

const callOf = (block: Json, path: string): Json => ({
  id: textAt(block['id'], `${path}.id`),
  type: 'function',
  function: {
    name: textAt(block['name'], `${path}.name`),
    arguments: JSON.stringify(objectOf(block['input'])),
  },
});

/** What a conversation is said with. */
export interface Conversed {
  readonly omissions: Omissions;
  /** By which the provider knows it. */
  readonly model: string;
}

/** Of thought, what its model has told to be given back to it: OpenAI's chat has no place for other, nor would another model's be believed. */
const assistantMessages = (
  blocks: readonly Json[],
  path: string,
  { omissions, model }: Conversed,
): Json[] => {
  const texts: string[] = [];
  const calls: Json[] = [];
  const details: Json[] = [];
  for (const [at, block] of blocks.entries()) {
    const place = `${path}.content.${at}`;
    if (block['type'] === 'text') texts.push(textAt(block['text'], `${place}.text`));
    else if (block['type'] === 'tool_use') calls.push(callOf(block, place));
    else if (block['type'] === 'redacted_thinking') details.push(...keptDetails(block, model));
    else if (block['type'] !== 'thinking')
      omissions.leaveOut(place, 'The provider has no blocks of this type.');
  }
  if (texts.length === 0 && calls.length === 0) return [];
  const content = texts.length > 0 ? texts.join('') : null;
  const kept = unlessEmpty('reasoning_details', details);
  return [{ role: 'assistant', content, ...kept, ...unlessEmpty('tool_calls', calls) }];
};

const systemMessages = (system: unknown, path: string, omissions: Omissions): Json[] => {
  const texts = blocksOf(system, path).flatMap((block, at) => {
    if (block['type'] === 'text') return [textAt(block['text'], `${path}.${at}.text`)];
    omissions.leaveOut(`${path}.${at}`, 'The provider takes instructions as text alone.');
    return [];
  });
  return texts.length > 0 ? [{ role: 'system', content: texts.join('\n\n') }] : [];
};

const messagesOf = (value: unknown, at: number, conversed: Conversed): Json[] => {
  const { omissions } = conversed;
  const path = `messages.${at}`;
  const message = objectAt(value, path);
  const blocks = blocksOf(message['content'], `${path}.content`);
  if (message['role'] === 'assistant') return assistantMessages(blocks, path, conversed);
  if (message['role'] === 'user') return userMessages(blocks, path, omissions);
  // Newer models of Anthropic's take instructions in mid-conversation.
  if (message['role'] === 'system') return systemMessages(blocks, `${path}.content`, omissions);
  throw invalidRequest(`'${path}.role' is unknown.`, `${path}.role`);
};

/** Throws Refusal for what cannot be said. */
export const conversationOf = (body: Json, conversed: Conversed): Json[] => [
  ...systemMessages(body['system'], 'system', conversed.omissions),
  ...listAt(body['messages'], 'messages').flatMap((message, at) => messagesOf(message, at, conversed)),
];
