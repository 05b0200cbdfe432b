import type { Ask } from '../ask';
import { invalidRequest } from '../refusal';
import { BodyReader, scanBody } from './body';
import { InputsVisitor } from './inputs-visitor';
import { CHOICES_MAX, GENERATION_CONTROLLED, generationOf, isStandardTier } from './openai-chat';
import { openaiEvents } from './openai-events';
import { openaiWords } from './openai-words';
import type { Surface } from './surface';

const CONTROLLED: ReadonlySet<string> = new Set([...GENERATION_CONTROLLED, 'prompt']);
/** What follows each prompt. */
const SUFFIX = 'suffix';
const NOT_PROMPT: ReadonlySet<string> = new Set(['model', 'prompt', SUFFIX]);
/** What OpenAI generates where nobody says how much; servers that go on without an end are told it. */
const LIMIT_UNSET = 16;
/** The newer name of it is of chats alone. */
const LIMIT_NAMES: ReadonlyMap<string, string> = new Map([['max_completion_tokens', 'max_tokens']]);

const parse = (body: Buffer): Ask => {
  const visitor = new InputsVisitor(body, 'prompt', CONTROLLED);
  scanBody(body, visitor);
  if (!visitor.isObject) throw invalidRequest('The body must be a JSON object.');
  const reader = new BodyReader(body, visitor.members);
  const choices = reader.count('n', CHOICES_MAX) ?? 1;
  const prompt = visitor.demand(reader.bytesBeside(NOT_PROMPT), reader.bytesOf(SUFFIX));
  return {
    ...generationOf(reader),
    body,
    members: visitor.members,
    demand: {
      billed: true,
      standardTier: isStandardTier(reader),
      prompt,
      output: {
        // Each prompt has answers of its own.
        choices: choices * prompt.prompts,
        limits: reader.outputLimits(),
        limitNames: LIMIT_NAMES,
        multipliers: reader.multipliers(),
        predictionBytes: 0,
        limitUnset: LIMIT_UNSET,
      },
    },
  };
};

/** `POST /v1/completions`. */
export const openaiCompletions: Surface = {
  name: 'openai-completions',
  paths: ['v1/completions', 'openai/v1/completions'],
  deploymentPath: 'completions',
  events: openaiEvents,
  parse,
  ...openaiWords,
};
