import { invalidRequest } from '../core/api-error';
import type { Ask, ToolOffer, ToolUse } from '../core/ask';
import {
  arrayAt,
  isObject,
  jsonBytes,
  objectAt,
  optionalArray,
  optionalInteger,
  optionalNumber,
  stringAt,
} from '../core/json';
import type { Json } from '../core/json';
import { signatureOf } from '../core/signature';

const IMAGE_FORMATS = new Set(['png', 'jpeg', 'gif', 'webp']);

const invalid = (message: string, path: string | null = null): never => {
  throw invalidRequest(message, path);
};

const imageBytes = (value: unknown, path: string): number => {
  const image = objectAt(value, path);
  if (!IMAGE_FORMATS.has(stringAt(image['format'], `${path}.format`)))
    invalid(`Value at '${path}.format' failed to satisfy constraint: [png, jpeg, gif, webp]`);
  const source = objectAt(image['source'], `${path}.source`);
  if (!('s3Location' in source)) stringAt(source['bytes'], `${path}.source.bytes`);
  return 0;
};

const reasoningBytes = (value: unknown, path: string): number => {
  const reasoning = objectAt(value, path);
  if ('redactedContent' in reasoning) return stringAt(reasoning['redactedContent'], path).length;
  const said = objectAt(reasoning['reasoningText'], `${path}.reasoningText`);
  const text = stringAt(said['text'], `${path}.reasoningText.text`);
  if (said['signature'] !== signatureOf(text))
    invalid(`${path}: Invalid \`signature\` in \`thinking\` block`);
  return Buffer.byteLength(text);
};

const resultBytes = (value: unknown, path: string): number => {
  const result = objectAt(value, path);
  stringAt(result['toolUseId'], `${path}.toolUseId`);
  return arrayAt(result['content'], `${path}.content`).reduce<number>((sum, content, at) => {
    const from = objectAt(content, `${path}.content.${at}`);
    return sum + ('json' in from ? jsonBytes(from['json']) : blockBytes(from, `${path}.content.${at}`));
  }, 0);
};

const callBytes = (value: unknown, path: string): number => {
  const call = objectAt(value, path);
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(stringAt(call['toolUseId'], `${path}.toolUseId`)))
    invalid(`Value at '${path}.toolUseId' failed to satisfy constraint: [a-zA-Z0-9_-]+ of at most 64`);
  stringAt(call['name'], `${path}.name`);
  return jsonBytes(objectAt(call['input'], `${path}.input`));
};

const blockBytes = (block: Json, path: string): number => {
  const [kind = '', ...others] = Object.keys(block);
  if (others.length > 0) invalid(`${path}: exactly one member of a content block may be set`);
  switch (kind) {
    case 'text':
      if (stringAt(block['text'], `${path}.text`).trim() === '')
        invalid(`The text field in the ContentBlock object at ${path} is blank. Add text to it.`);
      return Buffer.byteLength(block['text'] as string);
    case 'image':
      return imageBytes(block['image'], `${path}.image`);
    case 'reasoningContent':
      return reasoningBytes(block['reasoningContent'], `${path}.reasoningContent`);
    case 'toolUse':
      return callBytes(block['toolUse'], `${path}.toolUse`);
    case 'toolResult':
      return resultBytes(block['toolResult'], `${path}.toolResult`);
    case 'document':
      return jsonBytes(block['document']);
    case 'cachePoint':
      return 0;
    default:
      return invalid(`${path}: unknown member '${kind}' of a content block`);
  }
};

const contentOf = (message: Json, path: string): Json[] =>
  arrayAt(message['content'], `${path}.content`).map((block, at) => objectAt(block, `${path}.content.${at}`));

const idsOf = (content: readonly Json[], kind: string): unknown[] =>
  content.flatMap((block) => {
    const of = block[kind];
    return isObject(of) ? [of['toolUseId']] : [];
  });

/** Turns alternate from the user's on, and each answers all calls of the one before. */
const checkTurns = (messages: readonly Json[]): void => {
  let called: unknown[] = [];
  for (const [at, message] of messages.entries()) {
    const expected = at % 2 === 0 ? 'user' : 'assistant';
    if (message['role'] !== expected)
      invalid(
        at === 0
          ? 'A conversation must start with a user message. Try again with a conversation that starts with a user message.'
          : 'A conversation must alternate between user and assistant roles.',
      );
    const content = contentOf(message, `messages.${at}`);
    const results = idsOf(content, 'toolResult');
    if (results.length !== called.length || results.some((id) => !called.includes(id)))
      invalid(
        `Expected toolResult blocks at messages.${at}.content for the following Ids: ${called.join(', ')}`,
      );
    called = idsOf(content, 'toolUse');
  }
};

const toolsOf = (config: Json): ToolOffer[] =>
  optionalArray(config['tools'], 'toolConfig.tools').flatMap((value, at) => {
    const path = `toolConfig.tools.${at}`;
    const tool = objectAt(value, path);
    if ('cachePoint' in tool) return [];
    const spec = objectAt(tool['toolSpec'], `${path}.toolSpec`);
    const schema = objectAt(
      objectAt(spec['inputSchema'], `${path}.inputSchema`)['json'],
      `${path}.inputSchema.json`,
    );
    return [{ name: stringAt(spec['name'], `${path}.toolSpec.name`), schema }];
  });

const toolUseOf = (config: Json, tools: readonly ToolOffer[]): ToolUse => {
  const choice = config['toolChoice'];
  if (choice === undefined) return tools.length > 0 ? 'auto' : 'none';
  const from = objectAt(choice, 'toolConfig.toolChoice');
  if ('auto' in from) return 'auto';
  if ('any' in from) return 'any';
  const tool = objectAt(from['tool'], 'toolConfig.toolChoice.tool');
  return { named: stringAt(tool['name'], 'toolConfig.toolChoice.tool.name') };
};

const schemaOf = (body: Json): unknown => {
  if (body['outputConfig'] === undefined) return undefined;
  const format = objectAt(
    objectAt(body['outputConfig'], 'outputConfig')['textFormat'],
    'outputConfig.textFormat',
  );
  const structure = objectAt(format['structure'], 'outputConfig.textFormat.structure');
  const schema = stringAt(
    objectAt(structure['jsonSchema'], 'outputConfig.textFormat.structure.jsonSchema')['schema'],
    'outputConfig.textFormat.structure.jsonSchema.schema',
  );
  return JSON.parse(schema);
};

const optionalObject = (from: Json, name: string): Json =>
  from[name] === undefined || from[name] === null ? {} : objectAt(from[name], name);

const promptBytes = (from: Json, messages: readonly Json[]): number => {
  checkTurns(messages);
  const said = messages.flatMap((message, at) => contentOf(message, `messages.${at}`));
  const tooled = said.some((block) => 'toolUse' in block || 'toolResult' in block);
  if (tooled && from['toolConfig'] === undefined)
    invalid('The toolConfig field must be defined when using toolUse and toolResult content blocks.');
  const system = optionalArray(from['system'], 'system').map((block) => objectAt(block, 'system'));
  return (
    [...system, ...said].reduce((sum, block) => sum + blockBytes(block, 'messages'), 0) +
    jsonBytes(from['toolConfig'])
  );
};

/**
 * Reads a parsed body of Converse as Bedrock does, roughly; the model is in the path.
 * @throws ApiError (400)
 */
export const parseConverseRequest = (body: unknown, model: string, stream: boolean): Ask => {
  const from = objectAt(body, 'body');
  const messages = arrayAt(from['messages'], 'messages').map((each, at) => objectAt(each, `messages.${at}`));
  const inference = optionalObject(from, 'inferenceConfig');
  optionalNumber(inference, 'temperature', 0, 1);
  const config = optionalObject(from, 'toolConfig');
  const tools = toolsOf(config);
  const extra = optionalObject(from, 'additionalModelRequestFields');
  const thinking = optionalObject(extra, 'thinking');
  const last = messages.at(-1);
  return {
    model,
    stream,
    choices: 1,
    outputLimit: optionalInteger(inference, 'maxTokens', 1),
    contentBytes: promptBytes(from, messages),
    tools,
    toolUse: toolUseOf(config, tools),
    parallelTools: optionalObject(extra, 'tool_choice')['disable_parallel_tool_use'] !== true,
    answersTools: last !== undefined && idsOf(contentOf(last, 'messages'), 'toolResult').length > 0,
    schema: schemaOf(from),
    reasons: thinking['type'] === 'enabled' || thinking['type'] === 'adaptive',
  };
};
