import { isObject, type Json, objectOf } from '../../json-values';
import { isOpenAiError } from '../openai-errors';
import { toldEventsIn } from '../told-events';

/** Members that are the same in every chunk, or of which the last counts. */
const REPLACED: ReadonlySet<string> = new Set(['index', 'type', 'id', 'role', 'finish_reason']);

/**
 * The answer that a stream tells, for who did not ask for a stream; the error, where it tells one. Undefined where the body
 * is no stream, or breaks off.
 */
export const openaiAnswerOf = (body: Buffer): Json | undefined => {
  const told = toldEventsIn(body);
  if (!told) return undefined;
  const failure = told.events.find(isOpenAiError);
  if (failure) return failure;
  const answer = told.events.reduce<Json | undefined>(withChunk, undefined);
  const choices = listOf(answer?.['choices']);
  const finished = choices.length > 0 && choices.every((choice) => isThere(choice['finish_reason']));
  return answer && (told.done || finished) ? wholeOf(answer, choices) : undefined;
};

const withChunk = (answer: Json | undefined, chunk: Json): Json => ({
  ...answer,
  ...Object.fromEntries(Object.entries(chunk).filter(([, value]) => isThere(value))),
  choices: mergedLists(listOf(answer?.['choices']), listOf(chunk['choices'])),
});

const wholeOf = (answer: Json, choices: readonly Json[]): Json => ({
  ...answer,
  ...(answer['object'] === 'chat.completion.chunk' && { object: 'chat.completion' }),
  choices: choices.map(({ delta, ...choice }) =>
    delta === undefined ? choice : { ...choice, message: messageOf(objectOf(delta)) },
  ),
});

const messageOf = (delta: Json): Json => ({
  role: 'assistant',
  content: null,
  ...delta,
  ...('tool_calls' in delta && {
    tool_calls: listOf(delta['tool_calls']).map(({ index: _index, ...call }) => call),
  }),
});

const merged = (before: unknown, now: unknown, name: string): unknown => {
  if (!isThere(now)) return before ?? now;
  if (!isThere(before)) return Array.isArray(now) ? mergedLists([], listOf(now)) : now;
  if (typeof before === 'string' && typeof now === 'string' && !REPLACED.has(name)) return before + now;
  if (Array.isArray(before) && Array.isArray(now)) return mergedLists(listOf(before), listOf(now));
  return isObject(before) && isObject(now) ? mergedObjects(before, now) : now;
};

const mergedObjects = (before: Json, now: Json): Json => ({
  ...before,
  ...Object.fromEntries(
    Object.entries(now).map(([name, value]) => [name, merged(before[name], value, name)]),
  ),
});

/** What has an index goes to what has the same; the rest follows. */
const mergedLists = (before: readonly Json[], now: readonly Json[]): readonly Json[] => {
  const list = [...before];
  for (const one of now) {
    const at = one['index'] === undefined ? -1 : list.findIndex(({ index }) => index === one['index']);
    if (at < 0) list.push(mergedObjects({}, one));
    else list[at] = mergedObjects(list[at]!, one);
  }
  return list;
};

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(objectOf) : []);

const isThere = (value: unknown): boolean => value !== undefined && value !== null;
