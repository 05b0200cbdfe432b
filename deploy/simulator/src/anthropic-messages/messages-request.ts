import { invalidRequest } from '../core/api-error';
import type { Ask, ToolOffer, ToolUse } from '../core/ask';
import {
  arrayAt,
  bodyWithModel,
  filledArray,
  isObject,
  jsonBytes,
  objectAt,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  stringAt,
} from '../core/json';
import type { Json } from '../core/json';
import { signatureOf } from '../core/signature';

/** Anthropic refuses what it does not know, so that a translator cannot pass through what is another's. */
const KNOWN = new Set(
  (
    'model messages max_tokens system metadata stop_sequences stream temperature top_k top_p tools tool_choice ' +
    'thinking output_config service_tier container context_management mcp_servers cache_control inference_geo'
  ).split(' '),
);

const IMAGE_TYPES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
const THINKING_BUDGET_MIN = 1024;

const invalid = (path: string, message: string): never => {
  throw invalidRequest(`${path}: ${message}`, path);
};

const checkKnown = (body: Json): void => {
  for (const name of Object.keys(body)) if (!KNOWN.has(name)) invalid(name, 'Extra inputs are not permitted');
};

const imageBytes = (block: Json, path: string): number => {
  const source = objectAt(block['source'], `${path}.source`);
  if (source['type'] === 'url') stringAt(source['url'], `${path}.source.url`);
  else if (source['type'] !== 'base64')
    invalid(`${path}.source.type`, "Input tag should be 'base64' or 'url'");
  else if (!IMAGE_TYPES.has(stringAt(source['media_type'], `${path}.source.media_type`)))
    invalid(`${path}.source.media_type`, 'Input should be an image type');
  else stringAt(source['data'], `${path}.source.data`);
  return 0;
};

const textBytes = (block: Json, path: string): number => {
  const text = stringAt(block['text'], `${path}.text`);
  if (text === '') invalid(path, 'text content blocks must be non-empty');
  return Buffer.byteLength(text);
};

const thinkingBytes = (block: Json, path: string): number => {
  const thinking = stringAt(block['thinking'], `${path}.thinking`);
  if (block['signature'] !== signatureOf(thinking)) invalid(path, 'Invalid `signature` in `thinking` block');
  return Buffer.byteLength(thinking);
};

const toolUseBytes = (block: Json, path: string): number => {
  if (!/^[a-zA-Z0-9_-]+$/.test(stringAt(block['id'], `${path}.id`)))
    invalid(`${path}.id`, "String should match pattern '^[a-zA-Z0-9_-]+$'");
  stringAt(block['name'], `${path}.name`);
  return jsonBytes(objectAt(block['input'], `${path}.input`));
};

const blockBytes = (value: unknown, path: string): number => {
  const block = objectAt(value, path);
  switch (block['type']) {
    case 'text':
      return textBytes(block, path);
    case 'image':
      return imageBytes(block, path);
    case 'thinking':
      return thinkingBytes(block, path);
    case 'redacted_thinking':
      return stringAt(block['data'], `${path}.data`).length;
    case 'tool_use':
      return toolUseBytes(block, path);
    case 'tool_result':
      stringAt(block['tool_use_id'], `${path}.tool_use_id`);
      return contentBytes(block['content'] ?? [], `${path}.content`);
    case 'document':
      return jsonBytes(block['source']);
    default:
      return invalid(`${path}.type`, 'Input tag does not match any of the expected tags');
  }
};

const contentBytes = (content: unknown, path: string): number =>
  typeof content === 'string'
    ? Buffer.byteLength(content)
    : arrayAt(content, path).reduce<number>((sum, block, at) => sum + blockBytes(block, `${path}.${at}`), 0);

const blocksOf = (message: Json): Json[] =>
  Array.isArray(message['content']) ? (message['content'] as unknown[]).filter(isObject) : [];

const idsOf = (message: Json, type: string, key: string): unknown[] =>
  blocksOf(message)
    .filter((block) => block['type'] === type)
    .map((block) => block[key]);

/** The results of all calls of a turn come first in the next one, and none that was not asked for. */
const checkResults = (messages: readonly Json[]): void => {
  let called: unknown[] = [];
  for (const [at, message] of messages.entries()) {
    const results = idsOf(message, 'tool_result', 'tool_use_id');
    const path = `messages.${at}`;
    const first = blocksOf(message).slice(0, called.length);
    if (first.length < called.length || first.some((block) => block['type'] !== 'tool_result'))
      invalid(path, '`tool_use` ids were found without `tool_result` blocks immediately after');
    if (results.some((id) => !called.includes(id)) || called.some((id) => !results.includes(id)))
      invalid(path, 'unexpected `tool_use_id` found in `tool_result` blocks');
    called = idsOf(message, 'tool_use', 'id');
  }
};

const messagesBytes = (messages: readonly unknown[]): number =>
  messages.reduce<number>((sum, value, at) => {
    const message = objectAt(value, `messages.${at}`);
    if (message['role'] !== 'user' && message['role'] !== 'assistant')
      invalid(`messages.${at}.role`, "Input should be 'user' or 'assistant'");
    return sum + contentBytes(message['content'], `messages.${at}.content`);
  }, 0);

const toolsOf = (body: Json): ToolOffer[] =>
  optionalArray(body['tools'], 'tools').map((value, at) => {
    const tool = objectAt(value, `tools.${at}`);
    const name = stringAt(tool['name'], `tools.${at}.name`);
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name)) invalid(`tools.${at}.name`, 'String should match pattern');
    return { name, schema: objectAt(tool['input_schema'], `tools.${at}.input_schema`) };
  });

const toolUseOf = (body: Json, tools: readonly ToolOffer[]): ToolUse => {
  const choice = body['tool_choice'];
  if (choice === undefined || choice === null) return tools.length > 0 ? 'auto' : 'none';
  const from = objectAt(choice, 'tool_choice');
  if (tools.length === 0) invalid('tool_choice', 'tool_choice may only be specified while providing tools');
  switch (from['type']) {
    case 'auto':
    case 'none':
    case 'any':
      return from['type'];
    case 'tool':
      return { named: stringAt(from['name'], 'tool_choice.name') };
    default:
      return invalid('tool_choice.type', "Input tag should be 'auto', 'any', 'tool' or 'none'");
  }
};

const thinks = (body: Json, outputLimit: number, toolUse: ToolUse): boolean => {
  const thinking = body['thinking'];
  if (thinking === undefined || thinking === null) return false;
  const from = objectAt(thinking, 'thinking');
  if (from['type'] === 'disabled') return false;
  if (toolUse === 'any' || typeof toolUse === 'object')
    invalid('thinking', 'Thinking may not be enabled when tool_choice forces tool use.');
  if (from['type'] === 'adaptive') return true;
  const budget = optionalInteger(from, 'budget_tokens', THINKING_BUDGET_MIN) ?? 0;
  if (budget >= outputLimit) invalid('max_tokens', 'must be greater than `thinking.budget_tokens`');
  if (budget === 0) invalid('thinking.budget_tokens', 'Field required');
  return true;
};

const schemaOf = (body: Json): unknown => {
  const config = body['output_config'];
  if (config === undefined || config === null) return undefined;
  const format = objectAt(config, 'output_config')['format'];
  if (format === undefined || format === null) return undefined;
  return objectAt(objectAt(format, 'output_config.format')['schema'], 'output_config.format.schema');
};

/** What counts towards the prompt; all of it is checked. */
const promptBytes = (from: Json, messages: readonly unknown[]): number => {
  checkKnown(from);
  const bytes = messagesBytes(messages);
  checkResults(messages as Json[]);
  return bytes + contentBytes(from['system'] ?? [], 'system') + jsonBytes(from['tools']);
};

/** `POST /v1/messages/count_tokens`: the model and the bytes that it would count. */
export const parseCountRequest = (body: unknown): { model: string; contentBytes: number } => {
  const { from, model } = bodyWithModel(body);
  if ('max_tokens' in from) invalid('max_tokens', 'Extra inputs are not permitted');
  return { model, contentBytes: promptBytes(from, filledArray(from, 'messages')) };
};

/**
 * Reads a parsed body of `POST /v1/messages` as Anthropic does, roughly.
 * @throws ApiError (400)
 */
export const parseMessagesRequest = (body: unknown): Ask => {
  const { from, model } = bodyWithModel(body);
  const messages = filledArray(from, 'messages');
  const outputLimit = optionalInteger(from, 'max_tokens', 1) ?? invalid('max_tokens', 'Field required');
  optionalNumber(from, 'temperature', 0, 1);
  const tools = toolsOf(from);
  const toolUse = toolUseOf(from, tools);
  const choice = isObject(from['tool_choice']) ? from['tool_choice'] : {};
  return {
    model,
    stream: optionalBoolean(from, 'stream') ?? false,
    choices: 1,
    outputLimit,
    contentBytes: promptBytes(from, messages),
    tools,
    toolUse,
    parallelTools: !optionalBoolean(choice, 'disable_parallel_tool_use'),
    answersTools: idsOf(objectAt(messages.at(-1), 'messages'), 'tool_result', 'tool_use_id').length > 0,
    schema: schemaOf(from),
    reasons: thinks(from, outputLimit, toolUse),
  };
};
