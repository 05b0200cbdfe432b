import { invalidRequest } from '../core/api-error';
import { TEXT_ONLY } from '../core/ask';
import type { Ask } from '../core/ask';
import type { Generation } from '../core/generation';
import { asciiJson, bodyWithModel, optionalInteger } from '../core/json';
import { promptBytes } from '../core/prompt-bytes';
import type { Wire, Wording } from '../core/wire';
import { OPENAI_WIRE } from '../openai-chat/chat.wire';

/** What the simulator needs of an embeddings request, which generates nothing. */
export interface EmbeddingsRequest extends Ask {
  readonly inputs: number;
  readonly dimensions: number;
  readonly base64: boolean;
}

const INPUTS_MAX = 2048;
const DIMENSIONS_MAX = 3072;
const DEFAULT_DIMENSIONS = 8;

/** @throws ApiError (400) */
export const parseEmbeddingsRequest = (body: unknown): EmbeddingsRequest => {
  const { from, model } = bodyWithModel(body);
  const inputs = promptBytes(from['input'], 'input');
  if (inputs.length > INPUTS_MAX)
    throw invalidRequest(`'input' takes at most ${INPUTS_MAX} texts.`, 'input', 'too_many_inputs');
  if (inputs.includes(0)) throw invalidRequest("'input' cannot be an empty string.", 'input');
  const format = from['encoding_format'] ?? 'float';
  if (format !== 'float' && format !== 'base64')
    throw invalidRequest("'encoding_format' is 'float' or 'base64'.", 'encoding_format');
  return {
    ...TEXT_ONLY,
    model,
    stream: false,
    outputLimit: 0,
    contentBytes: inputs.reduce((sum, bytes) => sum + bytes, 0),
    inputs: inputs.length,
    dimensions: optionalInteger(from, 'dimensions', 1, DIMENSIONS_MAX) ?? DEFAULT_DIMENSIONS,
    base64: format === 'base64',
  };
};

/** Every text lies in the same direction; the vector has length one. */
const vectorJson = ({ dimensions, base64 }: EmbeddingsRequest): string => {
  const vector = new Float32Array(dimensions).fill(1 / Math.sqrt(dimensions));
  return base64 ? `"${Buffer.from(vector.buffer).toString('base64')}"` : `[${vector.join(',')}]`;
};

const wordEmbeddings = (request: EmbeddingsRequest, generation: Generation): Wording => {
  const nothing = (): string => '';
  return {
    streamType: '',
    opening: nothing,
    tokens: nothing,
    closing: nothing,
    failing: nothing,
    plain: () => {
      const { promptTokens, usageReported } = generation;
      const vector = vectorJson(request);
      const data = Array.from(
        { length: request.inputs },
        (_, index) => `{"object":"embedding","index":${index},"embedding":${vector}}`,
      );
      const usage = `,"usage":{"prompt_tokens":${promptTokens},"total_tokens":${promptTokens}}`;
      return (
        `{"object":"list","data":[${data.join(',')}],"model":${asciiJson(request.model)}` +
        `${usageReported ? usage : ''}}`
      );
    },
  };
};

/** `POST /v1/embeddings`. */
export const EMBEDDINGS_WIRE: Wire<EmbeddingsRequest> = {
  ...OPENAI_WIRE,
  parse: parseEmbeddingsRequest,
  word: wordEmbeddings,
};
