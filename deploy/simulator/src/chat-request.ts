import { invalidRequest } from './api-error';

/** What the simulator needs of a chat completion request. */
export interface ChatRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly choices: number;
  /** `max_completion_tokens` or `max_tokens`; undefined when absent. */
  readonly outputLimit: number | undefined;
  /** UTF-8 bytes of all message contents. */
  readonly contentBytes: number;
}

type Json = Record<string, unknown>;

const CHOICES_MAX = 128;
const BYTES_PER_TOKEN = 4;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The model that a body names, for the book, even when the rest of it is refused; '' when it names none. */
export const modelNamedBy = (body: unknown): string =>
  isObject(body) && typeof body['model'] === 'string' ? body['model'] : '';

/** @throws ApiError (400) when the bytes are not JSON. */
export const parseJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw invalidRequest('We could not parse the JSON body of your request.', null);
  }
};

const optionalBoolean = (from: Json, name: string, path = name): boolean => {
  const value = from[name];
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  throw invalidRequest(`Invalid type for '${path}': expected a boolean.`, path, 'invalid_type');
};

const optionalInteger = (from: Json, name: string, max: number): number | undefined => {
  const value = from[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw invalidRequest(`Invalid type for '${name}': expected an integer.`, name, 'invalid_type');
  }
  if (value < 1) {
    const message = `Invalid '${name}': integer below minimum value. Expected a value >= 1, but got ${value} instead.`;
    throw invalidRequest(message, name, 'integer_below_min_value');
  }
  if (value <= max) return value;
  const message = `Invalid '${name}': integer above maximum value. Expected a value <= ${max}, but got ${value} instead.`;
  throw invalidRequest(message, name, 'integer_above_max_value');
};

const outputLimitOf = (body: Json): number | undefined => {
  const older = optionalInteger(body, 'max_tokens', Number.MAX_SAFE_INTEGER);
  const newer = optionalInteger(body, 'max_completion_tokens', Number.MAX_SAFE_INTEGER);
  if (older === undefined || newer === undefined) return newer ?? older;
  const message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
  throw invalidRequest(message, 'max_tokens', 'invalid_parameter_combination');
};

const includeUsageOf = (body: Json, stream: boolean): boolean => {
  const options = body['stream_options'];
  if (options === undefined || options === null) return false;
  if (!stream) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    throw invalidRequest(message, 'stream_options');
  }
  if (!isObject(options)) {
    throw invalidRequest(
      "Invalid type for 'stream_options': expected an object.",
      'stream_options',
      'invalid_type',
    );
  }
  return optionalBoolean(options, 'include_usage', 'stream_options.include_usage');
};

const partBytes = (part: unknown, path: string): number => {
  if (!isObject(part) || typeof part['type'] !== 'string') {
    throw invalidRequest(`Invalid type for '${path}': expected an object with a type.`, path, 'invalid_type');
  }
  return typeof part['text'] === 'string' ? Buffer.byteLength(part['text']) : 0;
};

const messageBytes = (message: unknown, path: string): number => {
  if (!isObject(message)) {
    throw invalidRequest(`Invalid type for '${path}': expected an object.`, path, 'invalid_type');
  }
  if (typeof message['role'] !== 'string') {
    throw invalidRequest(
      `Missing required parameter: '${path}.role'.`,
      `${path}.role`,
      'missing_required_parameter',
    );
  }
  const content = message['content'];
  if (typeof content === 'string') return Buffer.byteLength(content);
  if (content === undefined || content === null) return 0;
  if (Array.isArray(content)) {
    return content.reduce((sum: number, part, at) => sum + partBytes(part, `${path}.content[${at}]`), 0);
  }
  const explanation = `Invalid type for '${path}.content': expected a string or an array of parts.`;
  throw invalidRequest(explanation, `${path}.content`, 'invalid_type');
};

const contentBytesOf = (body: Json): number => {
  const messages = body['messages'];
  if (messages === undefined || messages === null) {
    throw invalidRequest("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  }
  if (!Array.isArray(messages)) {
    throw invalidRequest("Invalid type for 'messages': expected an array.", 'messages', 'invalid_type');
  }
  if (messages.length === 0) {
    const message = "Invalid 'messages': empty array. Expected an array with minimum length 1.";
    throw invalidRequest(message, 'messages', 'empty_array');
  }
  return messages.reduce((sum: number, message, at) => sum + messageBytes(message, `messages[${at}]`), 0);
};

/**
 * Reads a parsed body as OpenAI does, roughly; parameters that do not change tokens are ignored.
 * @throws ApiError (400)
 */
export const parseChatRequest = (body: unknown): ChatRequest => {
  if (!isObject(body)) throw invalidRequest('The body of your request is not a JSON object.', null);
  const model = modelNamedBy(body);
  if (model === '') throw invalidRequest('you must provide a model parameter', 'model');
  const stream = optionalBoolean(body, 'stream');
  return {
    model,
    stream,
    includeUsage: includeUsageOf(body, stream),
    choices: optionalInteger(body, 'n', CHOICES_MAX) ?? 1,
    outputLimit: outputLimitOf(body),
    contentBytes: contentBytesOf(body),
  };
};

/** The simulator's tokenizer: four bytes are a token. */
export const promptTokensOf = (contentBytes: number): number => Math.ceil(contentBytes / BYTES_PER_TOKEN);
