import { OUTPUT_LIMIT_NAMES } from '@gatehouse/offering';
import type { Ask, PromptDemand } from '../ask';
import { OUTPUT_MULTIPLIERS } from '../quirks';
import { anthropicEvents } from './anthropic-events';
import { anthropicWords } from './anthropic-words';
import { BodyReader, scanBody, unsupported } from './body';
import { KnownNames } from './known-names';
import { assertMessages, type MessagesLanguage, MessagesVisitor } from './messages-visitor';
import type { Surface } from './surface';
import { PROVIDER_TOOLS, refuseUnbounded, UNBOUNDED, UNBOUNDED_NAMES } from './unbounded';

const CONTROLLED: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'system', 'max_tokens', 'stream', 'tools', 'thinking'],
  ...['mcp_servers', 'container', 'service_tier', 'speed', 'inference_geo', 'compaction'],
  'context_management',
  ...UNBOUNDED_NAMES,
  ...OUTPUT_LIMIT_NAMES,
  ...OUTPUT_MULTIPLIERS,
]);

const LANGUAGE: MessagesLanguage = {
  names: new KnownNames([
    ...CONTROLLED,
    ...['role', 'content', 'type', 'text', 'name', 'id', 'input', 'source', 'data', 'media_type', 'image'],
    ...['tool_use', 'tool_result', 'tool_use_id', 'cache_control', 'temperature', 'top_p', 'stop_sequences'],
    ...['metadata', 'tool_choice', 'description', 'input_schema'],
  ]),
  controlled: CONTROLLED,
  textBlocks: new Set(['text', 'thinking', 'redacted_thinking', 'tool_use', 'tool_result']),
  pictureBlock: {
    type: 'image',
    places: new Map([
      ['source', 'inside'],
      ['source.data', 'base64'],
      ['source.url', 'url'],
      ['source.file_id', 'name'],
    ]),
  },
  blockMembers: new Set(['system']),
  jsonValue: 'input',
};

const NOT_PROMPT: ReadonlySet<string> = new Set(['messages', 'model', 'max_tokens', 'stream', 'metadata']);

const COMPACTION =
  'What a model writes to make a conversation shorter is billed beside its answer, without a bound.';

/** What is billed by something else than the tokens of the answer, or above the price of the model. */
const UNBOUNDED_MESSAGES = new Map([
  ...UNBOUNDED,
  ['mcp_servers', 'What other servers are asked in the middle of an answer cannot be bounded.'],
  ['container', 'Code that runs at the provider is billed by time, which the budgets cannot bound.'],
  ['speed', 'This speed costs more than the price that the budgets know.'],
  ['inference_geo', 'A place of inference costs more than the price that the budgets know.'],
  ['compaction', COMPACTION],
]);

/** Edits of the prompt for which nothing is generated. */
const CLEARING_EDITS = /^clear_(tool_uses|thinking)_/;

/** Tools whose type is theirs alone run at the client; `custom` is what a tool without a type is. */
const CLIENT_TOOLS = /^(custom$|bash_|text_editor_|computer_|memory_)/;

/** A body of messages, as far as both operations on it read it alike. Throws Refusal. */
export const readMessages = (
  body: Buffer,
): { readonly reader: BodyReader; readonly prompt: PromptDemand } => {
  const visitor = new MessagesVisitor(body, LANGUAGE);
  scanBody(body, visitor);
  assertMessages(visitor);
  const reader = new BodyReader(body, visitor.members);
  return {
    reader,
    prompt: {
      bytes: visitor.promptBytes + reader.bytesBeside(NOT_PROMPT),
      growth: visitor.growth,
      messages: visitor.messageCount,
      prompts: 1,
      images: visitor.images,
      opaque: visitor.opaque,
      keepsHour: visitor.namesTtl,
      usesTools: reader.has('tools'),
    },
  };
};

const parse = (body: Buffer): Ask => {
  const { reader, prompt } = readMessages(body);
  const model = reader.model();
  refuseUnbounded(reader, UNBOUNDED_MESSAGES);
  refuseEdits(reader);
  refuseTools(reader);
  return {
    body,
    members: reader.members,
    ...(model !== undefined && { model }),
    stream: reader.boolean('stream') ?? false,
    usageAsked: true,
    demand: {
      billed: true,
      ...(reader.value('service_tier') === 'standard_only' && { standardTier: true }),
      prompt,
      output: {
        choices: reader.count('n', 1) ?? 1,
        limits: reader.outputLimits(),
        multipliers: reader.multipliers(),
        predictionBytes: 0,
        ofSchema: reader.asksSchema('output_config'),
      },
    },
  };
};

const refuseEdits = (reader: BodyReader): void => {
  if (!reader.asks('context_management')) return;
  const management = reader.object('context_management');
  const edits = management && (management['edits'] ?? []);
  if (Array.isArray(edits) && edits.every(isClearing)) return;
  throw unsupported('context_management', COMPACTION);
};

const isClearing = (edit: { readonly type?: unknown } | null): boolean =>
  typeof edit?.type === 'string' && CLEARING_EDITS.test(edit.type);

const refuseTools = (reader: BodyReader): void => {
  for (const type of reader.typesIn('tools')) {
    if (CLIENT_TOOLS.test(type)) continue;
    throw unsupported('tools', PROVIDER_TOOLS);
  }
};

/** `POST /v1/messages`. */
export const anthropicMessages: Surface = {
  name: 'anthropic-messages',
  paths: ['v1/messages'],
  events: anthropicEvents,
  parse,
  ...anthropicWords,
};
