import { type Json, objectOf, isObject } from '../../json-values';
import { leaveOutOfDocument, listAt, objectAt, type Omissions, textAt, textOf } from '../translation';

const IMAGE_FORMATS: ReadonlyMap<string, string> = new Map([
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
]);

/** A content of blocks, or of text alone. */
export const blocksOf = (content: unknown, path: string): readonly Json[] =>
  typeof content === 'string'
    ? [{ type: 'text', text: content }]
    : listAt(content, path).map((block, at) => objectAt(block, `${path}.${at}`));

/** Bedrock refuses text that is blank. */
const textBlock = (text: string): Json[] => (text.trim() === '' ? [] : [{ text }]);

/** A wish for caching stands behind what is to be cached. */
export const cachePoint = (block: Json): Json[] => {
  if (!isObject(block['cache_control'])) return [];
  const hour = block['cache_control']['ttl'] === '1h' ? { ttl: '1h' } : {};
  return [{ cachePoint: { type: 'default', ...hour } }];
};

const imageBlock = (block: Json, path: string, omissions: Omissions): Json[] => {
  const { type, media_type: mediaType, data } = objectAt(block['source'], `${path}.source`);
  const format = IMAGE_FORMATS.get(textOf(mediaType));
  if (type !== 'base64' || !format) {
    omissions.leaveOut(`${path}.source`, 'The provider takes images whose data is in the request.');
    return [];
  }
  return [{ image: { format, source: { bytes: textAt(data, `${path}.source.data`) } } }];
};

/** A name may hold few letters, and may instruct the model: none of the client's is sent. */
const documentBlock = (block: Json, path: string, omissions: Omissions): Json[] => {
  leaveOutOfDocument(block, path, omissions);
  const { type, media_type: mediaType, data } = objectAt(block['source'], `${path}.source`);
  const name = `document ${path.replace(/\D+/g, ' ').trim()}`;
  if (type === 'text')
    return [{ document: { format: 'txt', name, source: { text: textAt(data, `${path}.source.data`) } } }];
  if (type === 'base64' && mediaType === 'application/pdf')
    return [{ document: { format: 'pdf', name, source: { bytes: textAt(data, `${path}.source.data`) } } }];
  omissions.leaveOut(`${path}.source`, 'The provider takes PDF and text whose data is in the request.');
  return [];
};

/** A result may be blank, but not of nothing where it is an error, nor with some models where it is none. */
const NO_RESULT: readonly Json[] = [{ text: '' }];

const resultBlock = (block: Json, path: string, omissions: Omissions): Json[] => {
  const said = blocksOf(block['content'], `${path}.content`).flatMap((part, at) =>
    plainBlock(part, `${path}.content.${at}`, omissions),
  );
  const content = said.length > 0 ? said : NO_RESULT;
  const toolUseId = textAt(block['tool_use_id'], `${path}.tool_use_id`);
  const status = block['is_error'] === true ? { status: 'error' } : {};
  return [{ toolResult: { toolUseId, content, ...status } }];
};

/** What may stand in a turn and in the result of a tool. */
const plainBlock = (block: Json, path: string, omissions: Omissions): Json[] => {
  switch (block['type']) {
    case 'text':
      return textBlock(textAt(block['text'], `${path}.text`));
    case 'image':
      return imageBlock(block, path, omissions);
    case 'document':
      return documentBlock(block, path, omissions);
    default:
      omissions.leaveOut(path, 'The provider has no blocks of this type.');
      return [];
  }
};

const saidBlock = (block: Json, path: string, omissions: Omissions): Json[] => {
  switch (block['type']) {
    case 'thinking': {
      const text = textAt(block['thinking'], `${path}.thinking`);
      return [{ reasoningContent: { reasoningText: { text, signature: textOf(block['signature']) } } }];
    }
    case 'redacted_thinking':
      return [{ reasoningContent: { redactedContent: textAt(block['data'], `${path}.data`) } }];
    case 'tool_use': {
      const toolUseId = textAt(block['id'], `${path}.id`);
      const name = textAt(block['name'], `${path}.name`);
      return [{ toolUse: { toolUseId, name, input: objectOf(block['input']) } }];
    }
    case 'tool_result':
      return resultBlock(block, path, omissions);
    default:
      return plainBlock(block, path, omissions);
  }
};

/** A turn's content in Converse's blocks. Throws Refusal. */
export const converseBlocks = (content: unknown, path: string, omissions: Omissions): Json[] =>
  blocksOf(content, path).flatMap((block, at) => {
    const said = saidBlock(block, `${path}.${at}`, omissions);
    return said.length > 0 ? [...said, ...cachePoint(block)] : [];
  });
