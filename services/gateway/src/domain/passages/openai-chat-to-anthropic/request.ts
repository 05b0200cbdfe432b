import { type Json, isObject } from '../../json-values';
import { invalidRequest } from '../../refusal';
import {
  isSaid,
  NOTHING,
  Omissions,
  type Translated,
  type TranslationTarget,
  leaveOutUnknown,
  listAt,
  numberIn,
  objectAt,
  textAt,
  textOf,
  tierOf,
  unlessEmpty,
} from '../translation';
import { conversationOf } from './messages';
import { thinkingOf } from './thinking';
import { toolChoiceOf, toolsOf } from './tools';

/** What means nothing, or what every answer does anyway. */
const AS_USUAL: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['n', (value) => value === 1],
  ['logprobs', (value) => value === false],
  ['presence_penalty', (value) => value === 0],
  ['frequency_penalty', (value) => value === 0],
  ['logit_bias', (value) => isObject(value) && Object.keys(value).length === 0],
  ['modalities', (value) => Array.isArray(value) && value.every((modality) => modality === 'text')],
  ['store', (value) => value === false],
  ['verbosity', (value) => value === 'medium'],
]);

/** Parameters that are read below, or that the gateway has dealt with. */
const READ: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'max_tokens', 'max_completion_tokens', 'stream', 'stream_options', 'tools'],
  ...['tool_choice', 'parallel_tool_calls', 'response_format', 'reasoning_effort', 'temperature', 'top_p'],
  ...['stop', 'user', 'safety_identifier', 'service_tier'],
]);

const isRead = (name: string, value: unknown): boolean =>
  READ.has(name) || AS_USUAL.get(name)?.(value) === true;

const SAMPLING = ['temperature', 'top_p'] as const;

/** Whose newer models refuse a request that says both. */
const ONE_ALONE = /claude/;

/** OpenAI's temperature goes to 2, Anthropic's to 1, which is what happens where it says neither. */
const samplingOf = (body: Json, model: string, thinks: boolean, omissions: Omissions): Json => {
  const sampling: Record<string, unknown> = {};
  const said = SAMPLING.filter((name) => isSaid(body[name]));
  const spares = said.length > 1 && ONE_ALONE.test(model);
  for (const name of said) {
    const value = numberIn(body, name);
    if (value === undefined || (spares && value === 1)) continue;
    if (value > 1) omissions.leaveOut(name, `The provider takes a '${name}' of at most 1.`);
    else if (thinks && value !== 1)
      omissions.leaveOut(name, `The provider takes no '${name}' where the model thinks.`);
    else sampling[name] = value;
  }
  return sampling;
};

const stopOf = (stop: unknown, omissions: Omissions): Json => {
  if (!isSaid(stop)) return NOTHING;
  const list = typeof stop === 'string' ? [stop] : listAt(stop, 'stop');
  const texts = list.map((text, at) => textAt(text, `stop[${at}]`));
  const kept = texts.filter((text) => text.trim() !== '');
  if (kept.length < texts.length)
    omissions.leaveOut('stop', 'The provider takes no stop sequences of white space alone.');
  return unlessEmpty('stop_sequences', kept);
};

/** Text that must keep a schema; of a JSON object without one Anthropic has no notion. */
const formatOf = (format: unknown, omissions: Omissions): Json => {
  if (!isSaid(format)) return NOTHING;
  const { type, json_schema: named } = objectAt(format, 'response_format');
  if (type === 'text') return NOTHING;
  if (type !== 'json_schema') {
    omissions.leaveOut('response_format', `The provider has no response format '${textOf(type)}'.`);
    return NOTHING;
  }
  const { schema } = objectAt(named, 'response_format.json_schema');
  const kept = objectAt(schema ?? { type: 'object' }, 'response_format.json_schema.schema');
  return { format: { type, schema: kept } };
};

const configOf = (effort: string | undefined, format: Json): Json => {
  const config = effort === undefined ? format : { effort, ...format };
  return config === NOTHING ? NOTHING : { output_config: config };
};

const TIERS: Readonly<Record<string, string>> = { auto: 'auto', default: 'standard_only' };

const STREAMS: Json = { stream: true };

const userOf = (body: Json): Json => {
  const user = body['safety_identifier'] ?? body['user'];
  return typeof user === 'string' ? { metadata: { user_id: user } } : NOTHING;
};

/** A chat completion as a message. Throws Refusal for what Anthropic has no words for. */
export const toMessagesRequest = (body: Json, target: TranslationTarget): Translated => {
  const omissions = new Omissions(target.dropUnsupported);
  leaveOutUnknown(body, omissions, isRead);
  const limit = target.outputLimit;
  if (limit === undefined)
    throw invalidRequest(
      "The provider needs an output limit: give 'max_completion_tokens'.",
      'max_completion_tokens',
    );
  const { system, messages } = conversationOf(body['messages'], omissions);
  const tools = toolsOf(body['tools'], omissions);
  const choice = tools.length > 0 ? toolChoiceOf(body, omissions) : NOTHING;
  const { model } = target;
  const thinking = thinkingOf(body['reasoning_effort'], { model, limit, choice, messages }, omissions);
  // Most of it is there in few requests: what adds nothing costs nearly nothing so.
  const request: Json = Object.assign(
    { model, max_tokens: limit, messages },
    body['stream'] === true ? STREAMS : NOTHING,
    unlessEmpty('system', system),
    unlessEmpty('tools', tools),
    choice,
    thinking && { thinking: thinking.thinking },
    samplingOf(body, model, thinking !== undefined, omissions),
    stopOf(body['stop'], omissions),
    configOf(thinking?.effort, formatOf(body['response_format'], omissions)),
    tierOf(body['service_tier'], TIERS, omissions),
    userOf(body),
  );
  return { body: request, dropped: omissions.names };
};
