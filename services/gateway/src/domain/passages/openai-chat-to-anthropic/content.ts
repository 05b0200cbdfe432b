import { type Json, isObject } from '../../json-values';
import { invalidRequest } from '../../refusal';
import { type Omissions, dataUrlOf, isSaid, listAt, objectAt, textAt, textOf } from '../translation';

/** The types of images that Anthropic takes, by each that clients say; one of them has a name that is none, and common. */
const IMAGE_TYPES: ReadonlyMap<string, string> = new Map([
  ...['image/jpeg', 'image/png', 'image/gif', 'image/webp'].map((type) => [type, type] as const),
  ['image/jpg', 'image/jpeg'],
]);
const PDF = 'application/pdf';

/** Anthropic refuses blocks of empty text. */
export const textBlocks = (text: string, extra?: Json): Json[] => {
  if (text === '') return [];
  return [extra ? { type: 'text', text, ...extra } : { type: 'text', text }];
};

/** A part's wish for caching, which is written alike on both sides. */
const cacheControl = (part: Json): Json =>
  isObject(part['cache_control']) ? { cache_control: part['cache_control'] } : {};

const imageBlock = (part: Json, path: string, omissions: Omissions): Json[] => {
  const image = objectAt(part['image_url'], `${path}.image_url`);
  const url = textAt(image['url'], `${path}.image_url.url`);
  const detail = image['detail'] ?? 'auto';
  if (detail !== 'auto')
    omissions.leaveOut(`${path}.image_url.detail`, 'The provider chooses the detail of images by itself.');
  const inline = dataUrlOf(url);
  if (!inline) return [{ type: 'image', source: { type: 'url', url }, ...cacheControl(part) }];
  const mediaType = IMAGE_TYPES.get(inline.mediaType);
  if (mediaType === undefined) {
    omissions.leaveOut(
      `${path}.image_url.url`,
      `The provider takes no images of type '${inline.mediaType}'.`,
    );
    return [];
  }
  const source = { type: 'base64', media_type: mediaType, data: inline.data };
  return [{ type: 'image', source, ...cacheControl(part) }];
};

const fileBlock = (part: Json, path: string, omissions: Omissions): Json[] => {
  const file = objectAt(part['file'], `${path}.file`);
  const inline = typeof file['file_data'] === 'string' ? dataUrlOf(file['file_data']) : undefined;
  if (inline?.mediaType !== PDF) {
    omissions.leaveOut(`${path}.file`, 'Of files, the provider takes PDF whose data is in the request.');
    return [];
  }
  const title = typeof file['filename'] === 'string' ? { title: file['filename'] } : {};
  const source = { type: 'base64', media_type: PDF, data: inline.data };
  return [{ type: 'document', source, ...title, ...cacheControl(part) }];
};

const partBlocks = (value: unknown, path: string, omissions: Omissions): Json[] => {
  const part = objectAt(value, path);
  switch (part['type']) {
    case 'text':
      return textBlocks(textAt(part['text'], `${path}.text`), cacheControl(part));
    case 'refusal':
      return textBlocks(textAt(part['refusal'], `${path}.refusal`));
    case 'image_url':
      return imageBlock(part, path, omissions);
    case 'file':
      return fileBlock(part, path, omissions);
    default:
      omissions.leaveOut(path, `The provider takes no parts of type '${textOf(part['type'])}'.`);
      return [];
  }
};

/** A message's content, text or parts, as Anthropic's blocks. Throws Refusal. */
export const contentBlocks = (content: unknown, path: string, omissions: Omissions): Json[] =>
  typeof content === 'string'
    ? textBlocks(content)
    : listAt(content, path).flatMap((part, at) => partBlocks(part, `${path}[${at}]`, omissions));

/** Ids of calls may hold letters, digits, `_` and `-`; what else they hold is written as its code, always alike. */
export const callId = (id: string): string =>
  id.replace(/[^a-zA-Z0-9_-]/gu, (letter) => `_${letter.codePointAt(0)!.toString(16)}_`);

const callBlock = (value: unknown, path: string, omissions: Omissions): Json[] => {
  const call = objectAt(value, path);
  if (call['type'] !== undefined && call['type'] !== 'function') {
    omissions.leaveOut(path, `The provider has no tool calls of type '${textOf(call['type'])}'.`);
    return [];
  }
  const called = objectAt(call['function'], `${path}.function`);
  const id = callId(textAt(call['id'], `${path}.id`));
  const name = textAt(called['name'], `${path}.function.name`);
  return [{ type: 'tool_use', id, name, input: inputOf(called['arguments'], `${path}.function.arguments`) }];
};

const inputOf = (value: unknown, path: string): Json => {
  const text = textAt(value, path);
  try {
    const input = JSON.parse(text === '' ? '{}' : text) as unknown;
    if (isObject(input)) return input;
  } catch {
    // Said below.
  }
  throw invalidRequest(`'${path}' must be a JSON object in a string.`, path);
};

/** Thought goes back as it came, signatures included; what is not signed is not taken back. */
const thoughtBlocks = (details: unknown, path: string): Json[] => {
  const blocks: Json[] = [];
  let text = '';
  for (const [at, value] of listAt(details, path).entries()) {
    const detail = objectAt(value, `${path}[${at}]`);
    if (typeof detail['data'] === 'string') blocks.push({ type: 'redacted_thinking', data: detail['data'] });
    else if (typeof detail['text'] === 'string') text += detail['text'];
    if (typeof detail['signature'] !== 'string') continue;
    blocks.push({ type: 'thinking', thinking: text, signature: detail['signature'] });
    text = '';
  }
  return blocks;
};

const ASSISTANT: ReadonlySet<string> = new Set([
  ...['role', 'content', 'refusal', 'tool_calls', 'reasoning_details', 'reasoning_content', 'reasoning'],
  'annotations',
]);

/** An assistant's turn: what it thought, what it said, what it called. Throws Refusal. */
export const assistantBlocks = (message: Json, path: string, omissions: Omissions): Json[] => {
  for (const name of Object.keys(message)) {
    if (isSaid(message[name]) && !ASSISTANT.has(name))
      omissions.leaveOut(`${path}.${name}`, `The provider has no '${name}' of messages.`);
  }
  const refusal = typeof message['refusal'] === 'string' ? textBlocks(message['refusal']) : [];
  return [
    ...thoughtBlocks(message['reasoning_details'], `${path}.reasoning_details`),
    ...contentBlocks(message['content'], `${path}.content`, omissions),
    ...refusal,
    ...listAt(message['tool_calls'], `${path}.tool_calls`).flatMap((call, at) =>
      callBlock(call, `${path}.tool_calls[${at}]`, omissions),
    ),
  ];
};
