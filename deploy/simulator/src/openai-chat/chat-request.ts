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
  stringAt,
} from '../core/json';
import type { Json } from '../core/json';

/** What the simulator needs of a chat completion request. */
export interface ChatRequest extends Ask {
  readonly includeUsage: boolean;
}

const CHOICES_MAX = 128;

/** `max_completion_tokens` or `max_tokens`. */
const outputLimitOf = (body: Json): number | undefined => {
  const older = optionalInteger(body, 'max_tokens', 1);
  const newer = optionalInteger(body, 'max_completion_tokens', 1);
  if (older === undefined || newer === undefined) return newer ?? older;
  const message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
  throw invalidRequest(message, 'max_tokens', 'invalid_parameter_combination');
};

export const includeUsageOf = (body: Json, stream: boolean): boolean => {
  const options = body['stream_options'];
  if (options === undefined || options === null) return false;
  if (!stream) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    throw invalidRequest(message, 'stream_options');
  }
  const from = objectAt(options, 'stream_options');
  return optionalBoolean(from, 'include_usage', 'stream_options.include_usage') ?? false;
};

const partBytes = (part: unknown, path: string): number => {
  if (!isObject(part) || typeof part['type'] !== 'string') {
    throw invalidRequest(`Invalid type for '${path}': expected an object with a type.`, path, 'invalid_type');
  }
  return typeof part['text'] === 'string' ? Buffer.byteLength(part['text']) : 0;
};

const contentBytes = (content: unknown, path: string): number => {
  if (typeof content === 'string') return Buffer.byteLength(content);
  if (content === undefined || content === null) return 0;
  return arrayAt(content, path).reduce<number>((sum, part, at) => sum + partBytes(part, `${path}[${at}]`), 0);
};

const callIdsOf = (message: Json, path: string): string[] =>
  optionalArray(message['tool_calls'], `${path}.tool_calls`).map((call, at) => {
    const place = `${path}.tool_calls[${at}]`;
    const from = objectAt(call, place);
    stringAt(objectAt(from['function'], `${place}.function`)['arguments'], `${place}.function.arguments`);
    return stringAt(from['id'], `${place}.id`);
  });

const messageBytes = (value: unknown, path: string): number => {
  const message = objectAt(value, path);
  stringAt(message['role'], `${path}.role`);
  return contentBytes(message['content'], `${path}.content`) + jsonBytes(message['tool_calls']);
};

/** Tool calls are answered, each of them, before anything else is said. */
const checkCallsAnswered = (messages: readonly Json[]): void => {
  let open = new Set<string>();
  for (const [at, message] of messages.entries()) {
    const path = `messages[${at}]`;
    if (message['role'] === 'tool') {
      if (open.delete(stringAt(message['tool_call_id'], `${path}.tool_call_id`))) continue;
      const explanation =
        "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
      throw invalidRequest(explanation, `${path}.role`);
    }
    if (open.size > 0) break;
    open = new Set(callIdsOf(message, path));
  }
  if (open.size === 0) return;
  const explanation =
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each.";
  throw invalidRequest(explanation, 'messages');
};

const toolsOf = (body: Json): ToolOffer[] =>
  optionalArray(body['tools'], 'tools').map((tool, at) => {
    const path = `tools[${at}]`;
    const from = objectAt(objectAt(tool, path)['function'], `${path}.function`);
    return { name: stringAt(from['name'], `${path}.function.name`), schema: from['parameters'] ?? {} };
  });

const toolUseOf = (body: Json, tools: readonly ToolOffer[]): ToolUse => {
  const choice = body['tool_choice'];
  if (choice === undefined || choice === null) return tools.length > 0 ? 'auto' : 'none';
  if (tools.length === 0) {
    throw invalidRequest("'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice');
  }
  if (choice === 'auto' || choice === 'none') return choice;
  if (choice === 'required') return 'any';
  const named = objectAt(objectAt(choice, 'tool_choice')['function'], 'tool_choice.function')['name'];
  return { named: stringAt(named, 'tool_choice.function.name') };
};

const schemaOf = (body: Json): unknown => {
  const format = body['response_format'];
  if (format === undefined || format === null) return undefined;
  const from = objectAt(format, 'response_format');
  switch (from['type']) {
    case 'text':
      return undefined;
    case 'json_object':
      return { type: 'object' };
    case 'json_schema':
      return objectAt(from['json_schema'], 'response_format.json_schema')['schema'] ?? {};
    default:
      throw invalidRequest("Invalid value for 'response_format.type'.", 'response_format.type');
  }
};

const reasonsOf = (body: Json): boolean => {
  const effort = body['reasoning_effort'];
  return typeof effort === 'string' && effort !== 'none' && effort !== 'minimal';
};

/**
 * Reads a parsed body as OpenAI does, roughly; parameters that do not change tokens are ignored.
 * @throws ApiError (400)
 */
export const parseChatRequest = (body: unknown): ChatRequest => {
  const { from, model } = bodyWithModel(body);
  const stream = optionalBoolean(from, 'stream') ?? false;
  const messages = filledArray(from, 'messages');
  const messagesBytes = messages.reduce<number>(
    (sum, each, at) => sum + messageBytes(each, `messages[${at}]`),
    0,
  );
  checkCallsAnswered(messages as Json[]);
  const tools = toolsOf(from);
  return {
    model,
    stream,
    includeUsage: includeUsageOf(from, stream),
    choices: optionalInteger(from, 'n', 1, CHOICES_MAX) ?? 1,
    outputLimit: outputLimitOf(from),
    contentBytes: messagesBytes + jsonBytes(from['tools']),
    tools,
    toolUse: toolUseOf(from, tools),
    parallelTools: optionalBoolean(from, 'parallel_tool_calls') ?? true,
    answersTools: (messages.at(-1) as Json)['role'] === 'tool',
    schema: schemaOf(from),
    reasons: reasonsOf(from),
  };
};
