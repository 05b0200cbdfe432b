import { OUTPUT_LIMIT_NAMES } from '@gatehouse/offering';
import type { Ask } from '../ask';
import { OUTPUT_MULTIPLIERS } from '../quirks';
import { invalidRequest } from '../refusal';
import { BodyReader, booleanOf, scanBody, unsupported } from './body';
import { KnownNames } from './known-names';
import { assertMessages, type MessagesLanguage, MessagesVisitor } from './messages-visitor';
import { openaiEvents } from './openai-events';
import { openaiWords } from './openai-words';
import type { Surface } from './surface';
import { PROVIDER_TOOLS, refuseUnbounded, UNBOUNDED_NAMES } from './unbounded';

export const CHOICES_MAX = 128;

/** Parameters that every text generation of OpenAI's has, and that bound what it may cost. */
export const GENERATION_CONTROLLED: readonly string[] = [
  ...['model', 'n', 'stream', 'stream_options', 'service_tier'],
  ...UNBOUNDED_NAMES,
  ...OUTPUT_LIMIT_NAMES,
  ...OUTPUT_MULTIPLIERS,
];

const CONTROLLED = [...GENERATION_CONTROLLED, 'messages', 'prediction'];

const LANGUAGE: MessagesLanguage = {
  names: new KnownNames([
    ...CONTROLLED,
    ...['role', 'content', 'name', 'type', 'text', 'image_url', 'url', 'tool_calls', 'tool_call_id'],
    'arguments',
    ...['temperature', 'top_p', 'stop', 'seed', 'user', 'tools', 'tool_choice', 'response_format'],
  ]),
  controlled: new Set(CONTROLLED),
  textBlocks: new Set(['text', 'refusal']),
  pictureBlock: {
    type: 'image_url',
    places: new Map([
      ['image_url', 'url'],
      ['image_url.url', 'url'],
    ]),
  },
  blockMembers: new Set(),
  jsonText: 'arguments',
};

/** Values that are not part of any prompt. */
const NOT_PROMPT: ReadonlySet<string> = new Set(['messages', 'model', 'prediction']);

/** By which a prompt is more than what is asked: by a template that may say it all as often as it likes, or by what the provider keeps. */
const MORE_PROMPT: readonly string[] = [
  ...['chat_template', 'previous_response_id', 'conversation', 'prompt', 'cached_content', 'extra_body'],
];

/** Billed above the model's own price, or by the call: their cost has no bound that is known. */
const DEARER_TIERS: ReadonlySet<unknown> = new Set(['priority', 'scale']);

const parse = (body: Buffer): Ask => {
  const visitor = new MessagesVisitor(body, LANGUAGE);
  scanBody(body, visitor);
  assertMessages(visitor);
  const reader = new BodyReader(body, visitor.members);
  const { model, stream, usageAsked } = generationOf(reader);
  refuseTools(reader);
  return {
    body,
    members: visitor.members,
    model,
    stream,
    usageAsked,
    demand: {
      billed: true,
      prompt: {
        bytes: visitor.promptBytes + reader.bytesBeside(NOT_PROMPT),
        growth: visitor.growth,
        messages: visitor.messageCount,
        prompts: 1,
        images: visitor.images,
        opaque: visitor.opaque || MORE_PROMPT.some((name) => reader.has(name)),
        keepsHour: visitor.namesTtl,
        usesTools: reader.has('tools') || reader.has('functions'),
      },
      output: {
        choices: reader.count('n', CHOICES_MAX) ?? 1,
        limits: reader.outputLimits(),
        multipliers: reader.multipliers(),
        predictionBytes: reader.has('prediction') ? reader.bytesOf('prediction') : 0,
        ofSchema: reader.asksSchema('response_format'),
      },
      standardTier: isStandardTier(reader),
    },
  };
};

/** Tiers beyond which nothing serves a request that names them. */
const STANDARD_TIERS: ReadonlySet<unknown> = new Set(['default', 'flex']);

/** Whether no dearer tier than the standard one may serve it. */
export const isStandardTier = (reader: BodyReader): boolean =>
  STANDARD_TIERS.has(reader.value('service_tier'));

/** What all text generations of OpenAI's have in common. Throws Refusal. */
export const generationOf = (reader: BodyReader): Pick<Ask, 'model' | 'stream' | 'usageAsked'> => {
  const model = reader.model();
  const stream = reader.boolean('stream') ?? false;
  const usageAsked = stream && usageAskedIn(reader.value('stream_options'));
  if (DEARER_TIERS.has(reader.value('service_tier'))) {
    const message = 'This service tier costs more than the price that the budgets know.';
    throw unsupported('service_tier', message);
  }
  refuseUnbounded(reader);
  return { stream, usageAsked, model };
};

const usageAskedIn = (options: unknown): boolean => {
  if (options === undefined) return false;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidRequest("'stream_options' must be an object.", 'stream_options');
  }
  const asked = (options as Record<string, unknown>)['include_usage'] ?? undefined;
  return booleanOf('stream_options.include_usage', asked) ?? false;
};

/** Tools that run at the client; whatever else is called a tool runs at the provider. */
const CLIENT_TOOLS: ReadonlySet<string> = new Set(['function', 'custom']);

const refuseTools = (reader: BodyReader): void => {
  if (reader.typesIn('tools').every((type) => CLIENT_TOOLS.has(type))) return;
  throw unsupported('tools', PROVIDER_TOOLS);
};

/** `POST /v1/chat/completions`. */
export const openaiChat: Surface = {
  name: 'openai-chat',
  paths: ['v1/chat/completions', 'openai/v1/chat/completions'],
  deploymentPath: 'chat/completions',
  events: openaiEvents,
  parse,
  ...openaiWords,
};
