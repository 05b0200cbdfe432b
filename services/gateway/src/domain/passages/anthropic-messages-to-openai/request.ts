import { type Json, isObject } from '../../json-values';
import {
  isSaid,
  leaveOutOfConfig,
  leaveOutUnknown,
  listAt,
  numberIn,
  objectAt,
  Omissions,
  saidIn,
  textAt,
  textOf,
  tierOf,
  type Translated,
  type TranslationTarget,
  unlessEmpty,
} from '../translation';
import { conversationOf } from './messages';
import { toolChoiceOf, toolsOf } from './tools';

/** OpenAI takes no more. */
const STOPS_MAX = 4;
const USER_CHARACTERS_MAX = 64;

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
    'stop_sequences',
    'tools',
  ],
  ...['tool_choice', 'thinking', 'output_config', 'metadata', 'service_tier', 'cache_control'],
]);

const samplingOf = (body: Json): Json =>
  Object.fromEntries(
    ['temperature', 'top_p'].flatMap((name) => {
      const value = numberIn(body, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

const stopOf = (stop: unknown, omissions: Omissions): Json => {
  const texts = listAt(stop, 'stop_sequences').map((text, at) => textAt(text, `stop_sequences.${at}`));
  if (texts.length > STOPS_MAX)
    omissions.leaveOut('stop_sequences', `The provider takes at most ${STOPS_MAX} stop sequences.`);
  return unlessEmpty('stop', texts.slice(0, STOPS_MAX));
};

const optionalObject = (value: unknown, param: string): Json =>
  value === undefined || value === null ? {} : objectAt(value, param);

const EFFORTS: ReadonlyMap<string, string> = new Map([
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'xhigh'],
  ['max', 'xhigh'],
]);

/** A budget of thought, in tokens, as an effort. */
const effortOfBudget = (tokens: unknown): string => {
  if (typeof tokens !== 'number') return 'medium';
  if (tokens <= 2_048) return 'low';
  return tokens <= 8_192 ? 'medium' : 'high';
};

const effortOf = (body: Json, omissions: Omissions): Json => {
  const thinking = optionalObject(body['thinking'], 'thinking');
  const { effort } = optionalObject(body['output_config'], 'output_config');
  const named = EFFORTS.get(textOf(effort));
  if (isSaid(effort) && !named)
    omissions.leaveOut('output_config.effort', 'The provider has no such effort.');
  if (thinking['type'] === 'disabled') return {};
  if (named) return { reasoning_effort: named };
  if (thinking['type'] === 'enabled') return { reasoning_effort: effortOfBudget(thinking['budget_tokens']) };
  return thinking['type'] === 'adaptive' ? { reasoning_effort: 'medium' } : {};
};

const formatOf = (value: unknown, omissions: Omissions): Json => {
  const config = optionalObject(value, 'output_config');
  leaveOutOfConfig(config, omissions);
  const { format } = config;
  if (!isObject(format)) return {};
  if (format['type'] !== 'json_schema') {
    omissions.leaveOut('output_config.format', 'The provider has no such format.');
    return {};
  }
  const schema = objectAt(format['schema'], 'output_config.format.schema');
  return { response_format: { type: 'json_schema', json_schema: { name: 'output', strict: true, schema } } };
};

const TIERS: Readonly<Record<string, string>> = { auto: 'auto', standard_only: 'default' };

/** A user's id is no more than a wish: what OpenAI refuses as too long, as Claude Code's is, is no reason to refuse. */
const userOf = (metadata: unknown, omissions: Omissions): Json => {
  const { user_id: user, ...others } = optionalObject(metadata, 'metadata');
  if (saidIn(others).length > 0) omissions.leaveOut('metadata', 'The provider has no such metadata.');
  if (typeof user !== 'string') return {};
  if (user.length <= USER_CHARACTERS_MAX) return { user };
  omissions.note('metadata.user_id');
  return {};
};

/** A message as a chat completion. Throws Refusal for what OpenAI has no words for. */
export const toChatRequest = (body: Json, target: TranslationTarget): Translated => {
  const omissions = new Omissions(target.dropUnsupported);
  leaveOutUnknown(body, omissions, (name) => READ.has(name));
  const stream = body['stream'] === true;
  const tools = toolsOf(body['tools'], omissions);
  const limit = target.outputLimit;
  return {
    body: {
      model: target.model,
      messages: conversationOf(body, { omissions, model: target.model }),
      ...(limit !== undefined && { [target.outputLimitName]: limit }),
      ...(stream && { stream }),
      ...(stream && target.streamOptions && { stream_options: { include_usage: true } }),
      ...unlessEmpty('tools', tools),
      ...(tools.length > 0 && toolChoiceOf(body['tool_choice'], omissions)),
      ...samplingOf(body),
      ...stopOf(body['stop_sequences'], omissions),
      ...effortOf(body, omissions),
      ...formatOf(body['output_config'], omissions),
      ...tierOf(body['service_tier'], TIERS, omissions),
      ...userOf(body['metadata'], omissions),
    },
    dropped: omissions.names,
  };
};
