import type { Ask } from '../ask';
import { invalidRequest } from '../refusal';
import { BodyReader, scanBody } from './body';
import { InputsVisitor } from './inputs-visitor';
import { openaiWords } from './openai-words';
import type { Surface } from './surface';
import { refuseUnbounded, UNBOUNDED_NAMES } from './unbounded';

const CONTROLLED: ReadonlySet<string> = new Set(['model', 'input', ...UNBOUNDED_NAMES]);
const NOT_PROMPT: ReadonlySet<string> = new Set(['model', 'input', 'encoding_format', 'dimensions', 'user']);

/** Nothing is generated: what is put in is all that is billed. */
const parse = (body: Buffer): Ask => {
  const visitor = new InputsVisitor(body, 'input', CONTROLLED);
  scanBody(body, visitor);
  if (!visitor.isObject) throw invalidRequest('The body must be a JSON object.');
  if (!visitor.members.has('input')) throw invalidRequest("'input' is required.", 'input');
  const reader = new BodyReader(body, visitor.members);
  const model = reader.model();
  refuseUnbounded(reader);
  return {
    body,
    members: visitor.members,
    ...(model !== undefined && { model }),
    stream: false,
    usageAsked: true,
    demand: {
      billed: true,
      // Servers put what is said of the inputs, such as a task, before each of them.
      prompt: visitor.demand(0, reader.bytesBeside(NOT_PROMPT)),
    },
  };
};

/** `POST /v1/embeddings`. */
export const openaiEmbeddings: Surface = {
  name: 'openai-embeddings',
  paths: ['v1/embeddings', 'openai/v1/embeddings'],
  deploymentPath: 'embeddings',
  parse,
  ...openaiWords,
};
