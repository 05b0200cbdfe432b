import { ChatBodyVisitor, type Member, type Span } from './chat-body-visitor';
import { JsonMalformed, scanJson } from './json-scan';
import { OUTPUT_LIMIT_NAMES, OUTPUT_MULTIPLIERS } from './quirks';
import { invalidRequest, Refusal } from './refusal';

/** What the gateway needs to know of a chat completion request; the rest of the body is none of its business. */
export interface ChatRequest {
  readonly body: Buffer;
  readonly members: ReadonlyMap<string, Member>;
  /** Absent when the body names none. */
  readonly model?: string;
  readonly stream: boolean;
  /** The client asked for the usage chunk of a stream itself. */
  readonly usageAsked: boolean;
  /** 1 … 128. */
  readonly choices: number;
  /** Tokens of one choice, at least 1, by each name that the body gives them under. */
  readonly outputLimits: ReadonlyMap<string, number>;
  /** What of the body multiplies the output, beside `choices`. */
  readonly multipliers: ReadonlySet<string>;
  readonly messageCount: number;
  /** Bytes of all that may become prompt. */
  readonly promptBytes: number;
  /** The prompt's size cannot be told from the body. */
  readonly opaque: boolean;
  readonly usesTools: boolean;
  /** Bytes of a predicted output: what of it is rejected is billed as output. */
  readonly predictionBytes: number;
}

export const CHOICES_MAX = 128;
/** Values that are not part of any prompt. */
const NOT_PROMPT: ReadonlySet<string> = new Set(['messages', 'model', 'prediction']);
/** Billed above the model's own price, or by the call: their cost has no bound that is known. */
const DEARER_TIERS: ReadonlySet<unknown> = new Set(['priority', 'scale']);

/**
 * Reads a body that is valid UTF-8. Throws Refusal `invalid_request` for what is malformed, `unsupported_parameter`
 * for what cannot be bounded; nothing was sent anywhere then.
 */
export const parseChatRequest = (body: Buffer): ChatRequest => {
  const visitor = new ChatBodyVisitor(body);
  scan(body, visitor);
  if (!visitor.isObject) throw invalidRequest('The body must be a JSON object.');
  checkMessages(visitor);
  const read = (name: string): unknown => valueOf(body, visitor.members.get(name));
  const stream = booleanOf('stream', read('stream')) ?? false;
  const choices = integerOf('n', read('n'), CHOICES_MAX) ?? 1;
  const outputLimits = outputLimitsOf(read);
  const model = modelOf(read('model'));
  const usageAsked = stream && usageAskedIn(read('stream_options'));
  refuseUnbounded(read, visitor.members);
  return {
    body,
    members: visitor.members,
    ...(model !== undefined && { model }),
    stream,
    usageAsked,
    choices,
    outputLimits,
    multipliers: new Set(OUTPUT_MULTIPLIERS.filter((name) => multiplies(read(name)))),
    messageCount: visitor.messageCount,
    promptBytes: visitor.promptBytes + otherPromptBytes(visitor.members),
    opaque: visitor.opaque,
    usesTools: visitor.members.has('tools') || visitor.members.has('functions'),
    predictionBytes: lengthOf(visitor.members.get('prediction')),
  };
};

const scan = (body: Buffer, visitor: ChatBodyVisitor): void => {
  try {
    scanJson(body, visitor);
  } catch (error) {
    if (error instanceof JsonMalformed) {
      throw invalidRequest(`The body could not be parsed as JSON (byte ${error.at}).`);
    }
    throw error;
  }
};

const checkMessages = (visitor: ChatBodyVisitor): void => {
  if (!visitor.members.has('messages')) throw invalidRequest("'messages' is required.", 'messages');
  if (!visitor.messagesIsArray) throw invalidRequest("'messages' must be an array.", 'messages');
  if (visitor.messageCount === 0) throw invalidRequest("'messages' must not be empty.", 'messages');
};

/** The value of a span; undefined when it is absent or null. Only for members that are small by nature. */
const valueOf = (body: Buffer, span: Span | undefined): unknown => {
  if (!span) return undefined;
  return (JSON.parse(body.toString('utf8', span.start, span.end)) as unknown) ?? undefined;
};

const modelOf = (value: unknown): string | undefined => {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && value.length <= 512) return value;
  throw invalidRequest("'model' must be a string of 1 to 512 characters.", 'model');
};

const booleanOf = (name: string, value: unknown): boolean | undefined => {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidRequest(`'${name}' must be a boolean.`, name);
};

const integerOf = (name: string, value: unknown, max: number): number | undefined => {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
  const range = max === Number.MAX_VALUE ? 'of at least 1' : `from 1 to ${max}`;
  throw invalidRequest(`'${name}' must be an integer ${range}.`, name);
};

const outputLimitsOf = (read: (name: string) => unknown): ReadonlyMap<string, number> =>
  new Map(
    OUTPUT_LIMIT_NAMES.flatMap((name) => {
      const tokens = integerOf(name, read(name), Number.MAX_VALUE);
      return tokens === undefined ? [] : [[name, tokens] as const];
    }),
  );

/** Once, or not at all, is what happens without it. */
const multiplies = (value: unknown): boolean => value !== undefined && value !== false && value !== 1;

const usageAskedIn = (options: unknown): boolean => {
  if (options === undefined) return false;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidRequest("'stream_options' must be an object.", 'stream_options');
  }
  const asked = (options as Record<string, unknown>)['include_usage'] ?? undefined;
  return booleanOf('stream_options.include_usage', asked) ?? false;
};

const refuseUnbounded = (read: (name: string) => unknown, members: ReadonlyMap<string, Span>): void => {
  const refuse = (param: string, message: string): never => {
    throw new Refusal('unsupported_parameter', message, { param });
  };
  if (DEARER_TIERS.has(read('service_tier'))) {
    refuse('service_tier', 'This service tier costs more than the price that the budgets know.');
  }
  if (members.has('web_search_options')) {
    refuse('web_search_options', 'Searches are billed by the call, which the budgets cannot bound.');
  }
};

const lengthOf = (span: Span | undefined): number => (span ? span.end - span.start : 0);

/** Tools, schemas and whatever else is not known to stay out of the prompt. */
const otherPromptBytes = (members: ReadonlyMap<string, Span>): number => {
  let bytes = 0;
  for (const [name, span] of members) if (!NOT_PROMPT.has(name)) bytes += lengthOf(span);
  return bytes;
};
