import { type Json, isObject, objectOf } from '../../json-values';
import { invalidRequest } from '../../refusal';
import {
  leaveOutOfConfig,
  leaveOutUnknown,
  listAt,
  numberIn,
  objectAt,
  Omissions,
  saidIn,
  textAt,
  type Translated,
  type TranslationTarget,
  unlessEmpty,
} from '../translation';
import { blocksOf, cachePoint, converseBlocks } from './content';
import { toolConfigOf } from './tools';

/** Parameters that are read below, or that the gateway has dealt with. */
const READ: ReadonlySet<string> = new Set([
  ...[
    'model',
    'messages',
    'system',
    'max_tokens',
    'stream',
    'temperature',
    'top_p',
    'top_k',
    'stop_sequences',
  ],
  ...['tools', 'tool_choice', 'thinking', 'output_config', 'metadata', 'service_tier', 'cache_control'],
]);
const TIERS: ReadonlySet<unknown> = new Set(['auto', 'standard_only']);
/** What Bedrock takes as metadata of a request. */
const METADATA = /^[a-zA-Z0-9\s:_@$#=/+,\-.]{1,256}$/;

interface Conversation {
  readonly system: readonly Json[];
  readonly messages: readonly Json[];
}

/**
 * Turns of one side are one turn. In mid-conversation Converse has no place for instructions. Throws Refusal where the user does not
 * begin, which it does not take.
 */
const conversationOf = (body: Json, omissions: Omissions): Conversation => {
  const system = systemBlocks(body['system'], 'system', omissions);
  const turns: { role: string; content: Json[] }[] = [];
  for (const [at, value] of listAt(body['messages'], 'messages').entries()) {
    const path = `messages.${at}`;
    const message = objectAt(value, path);
    const role = textAt(message['role'], `${path}.role`);
    if (role === 'system') {
      omissions.leaveOut(
        `${path}.role`,
        'The provider takes instructions at the beginning of a conversation only.',
      );
      system.push(...systemBlocks(message['content'], `${path}.content`, omissions));
      continue;
    }
    const content = converseBlocks(message['content'], `${path}.content`, omissions);
    const last = turns.at(-1);
    if (content.length === 0) continue;
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  if (turns[0] && turns[0].role !== 'user')
    throw invalidRequest("'messages' must begin with a user's, and that must not be blank.", 'messages');
  return { system, messages: turns };
};

const systemBlocks = (system: unknown, path: string, omissions: Omissions): Json[] =>
  blocksOf(system, path).flatMap((block, at) => {
    if (block['type'] !== 'text') {
      omissions.leaveOut(`${path}.${at}`, 'The provider takes instructions as text alone.');
      return [];
    }
    const text = textAt(block['text'], `${path}.${at}.text`);
    return text.trim() === '' ? [] : [{ text }, ...cachePoint(block)];
  });

const inferenceOf = (body: Json, limit: number | undefined): Json => {
  const [temperature, topP] = [numberIn(body, 'temperature'), numberIn(body, 'top_p')];
  return {
    inferenceConfig: {
      ...(limit !== undefined && { maxTokens: limit }),
      ...(temperature !== undefined && { temperature }),
      ...(topP !== undefined && { topP }),
      ...unlessEmpty('stopSequences', listAt(body['stop_sequences'], 'stop_sequences')),
    },
  };
};

const formatOf = (config: Json, omissions: Omissions): Json => {
  leaveOutOfConfig(config, omissions);
  const { format } = config;
  if (!isObject(format)) return {};
  if (format['type'] !== 'json_schema') {
    omissions.leaveOut('output_config.format', 'The provider has no such format.');
    return {};
  }
  const schema = JSON.stringify(objectAt(format['schema'], 'output_config.format.schema'));
  const textFormat = { type: 'json_schema', structure: { jsonSchema: { name: 'output', schema } } };
  return { outputConfig: { textFormat } };
};

/** What Converse hands on unread: the parameters of Anthropic's own models, by their own names. */
const ownParameters = (body: Json, choice: unknown): Json => {
  const effort = isObject(body['output_config']) ? body['output_config']['effort'] : undefined;
  const single = isObject(choice) && choice['disable_parallel_tool_use'] === true ? choice : undefined;
  return Object.fromEntries(
    saidIn({
      thinking:
        isObject(body['thinking']) && body['thinking']['type'] !== 'disabled' ? body['thinking'] : undefined,
      top_k: body['top_k'],
      tool_choice: single,
      output_config: effort === undefined || effort === null ? undefined : { effort },
    }),
  );
};

/** Places at which a client writes what only Anthropic's own models understand. */
const PLACES: Readonly<Record<string, string>> = {
  thinking: 'thinking',
  top_k: 'top_k',
  tool_choice: 'tool_choice.disable_parallel_tool_use',
  output_config: 'output_config.effort',
};

const extraOf = (body: Json, model: string, omissions: Omissions): Json => {
  const own = ownParameters(body, body['tool_choice']);
  if (Object.keys(own).length === 0) return {};
  if (/(^|[./])claude|anthropic\.claude/.test(model)) return { additionalModelRequestFields: own };
  for (const name of Object.keys(own))
    omissions.leaveOut(PLACES[name] ?? name, 'This model of the provider has no such parameter.');
  return {};
};

const metadataOf = (metadata: unknown, omissions: Omissions): Json => {
  if (!isObject(metadata)) return {};
  const user = metadata['user_id'];
  if (typeof user === 'string' && METADATA.test(user)) return { requestMetadata: { user_id: user } };
  if (saidIn(metadata).length > 0)
    omissions.leaveOut('metadata', 'The provider does not take such metadata.');
  return {};
};

const refuseUnknown = (body: Json, omissions: Omissions): void => {
  leaveOutUnknown(body, omissions, (name) => READ.has(name));
  const tier = body['service_tier'] ?? 'auto';
  if (!TIERS.has(tier)) omissions.leaveOut('service_tier', 'The provider has no such service tier.');
};

/** A message as a request of Converse, whose path names model and streaming. Throws Refusal for what it has no words for. */
export const toConverseRequest = (body: Json, target: TranslationTarget): Translated => {
  const omissions = new Omissions(target.dropUnsupported);
  refuseUnknown(body, omissions);
  const { system, messages } = conversationOf(body, omissions);
  return {
    body: {
      messages,
      ...unlessEmpty('system', system),
      ...inferenceOf(body, target.outputLimit),
      ...toolConfigOf(body, messages, omissions),
      ...formatOf(objectOf(body['output_config']), omissions),
      ...extraOf(body, target.model, omissions),
      ...metadataOf(body['metadata'], omissions),
    },
    dropped: omissions.names,
  };
};
