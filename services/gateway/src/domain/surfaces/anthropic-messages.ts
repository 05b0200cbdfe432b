import { OUTPUT_LIMIT_NAMES } from '@gatehouse/offering';
import type { Ask, PromptDemand } from '../ask';
import { OUTPUT_MULTIPLIERS } from '../quirks';
import { anthropicEvents } from './anthropic-events';
import { anthropicWords } from './anthropic-words';
import { BodyReader, scanBody, unsupported } from './body';
import { KnownNames } from './known-names';
import { assertMessages, type MessagesLanguage, MessagesVisitor } from './messages-visitor';
import type { Surface } from './surface';

const CONTROLLED: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'system', 'max_tokens', 'stream', 'tools', 'thinking'],
  ...['mcp_servers', 'container', 'service_tier', 'speed', 'inference_geo'],
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
};

const NOT_PROMPT: ReadonlySet<string> = new Set(['messages', 'model', 'max_tokens', 'stream', 'metadata']);

/** What is billed by something else than the tokens of the model, or above its price: no bound is known of it. */
const UNBOUNDED: Readonly<Record<string, string>> = {
  mcp_servers: 'What other servers are asked in the middle of an answer cannot be bounded.',
  container: 'Code that runs at the provider is billed by time, which the budgets cannot bound.',
  speed: 'This speed costs more than the price that the budgets know.',
  inference_geo: 'A place of inference costs more than the price that the budgets know.',
};

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
  refuseUnbounded(reader);
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

const refuseUnbounded = (reader: BodyReader): void => {
  for (const [name, message] of Object.entries(UNBOUNDED)) {
    if (reader.has(name)) throw unsupported(name, message);
  }
  for (const type of reader.typesIn('tools')) {
    if (CLIENT_TOOLS.test(type)) continue;
    throw unsupported(
      'tools',
      'Tools that run at the provider are billed by the call, which the budgets cannot bound.',
    );
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
