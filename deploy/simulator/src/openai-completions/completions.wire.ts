import { invalidRequest } from '../core/api-error';
import { TEXT_ONLY } from '../core/ask';
import type { Ask } from '../core/ask';
import type { Generation } from '../core/generation';
import { asciiJson, bodyWithModel, optionalBoolean, optionalInteger } from '../core/json';
import type { Json } from '../core/json';
import { promptBytes } from '../core/prompt-bytes';
import { partsOf, perToken, textOf } from '../core/script';
import type { Wire, Wording } from '../core/wire';
import { OPENAI_WIRE, answerHead } from '../openai-chat/chat.wire';
import { includeUsageOf } from '../openai-chat/chat-request';
import { ERROR_EVENT, FINISH_REASONS, SSE, perChoice, usageJson } from '../openai-chat/chat-wording';
import type { AnswerHead } from '../openai-chat/chat-wording';

/** What the simulator needs of a completion request; its choices are all that are generated. */
export interface CompletionRequest extends Ask {
  readonly includeUsage: boolean;
  /** Of the choices, those that are told: `best_of` generates more. */
  readonly told: number;
}

const CHOICES_MAX = 128;
const DEFAULT_OUTPUT_LIMIT = 16;

const bestOf = (from: Json, n: number, stream: boolean): number => {
  const best = optionalInteger(from, 'best_of', 1, CHOICES_MAX) ?? n;
  if (best < n) throw invalidRequest("'best_of' must be at least 'n'.", 'best_of');
  if (stream && best > n) throw invalidRequest("'best_of' cannot be streamed.", 'best_of');
  return best;
};

/** @throws ApiError (400) */
export const parseCompletionRequest = (body: unknown): CompletionRequest => {
  const { from, model } = bodyWithModel(body);
  const stream = optionalBoolean(from, 'stream') ?? false;
  const prompts = promptBytes(from['prompt'] ?? '', 'prompt');
  const n = optionalInteger(from, 'n', 1, CHOICES_MAX) ?? 1;
  return {
    ...TEXT_ONLY,
    model,
    stream,
    includeUsage: includeUsageOf(from, stream),
    choices: prompts.length * bestOf(from, n, stream),
    told: prompts.length * n,
    outputLimit: optionalInteger(from, 'max_tokens', 1) ?? DEFAULT_OUTPUT_LIMIT,
    contentBytes: prompts.reduce((sum, bytes) => sum + bytes, 0),
  };
};

/** How a completion reads, in OpenAI's older format. */
export class CompletionWording implements Wording {
  readonly streamType = SSE;

  constructor(
    private readonly head: AnswerHead,
    private readonly request: CompletionRequest,
    private readonly generation: Generation,
  ) {}

  opening(): string {
    return '';
  }

  tokens(from: number, count: number): string {
    let text = '';
    for (const part of partsOf(this.generation.blocks, from, count)) {
      if (part.block.kind === 'text')
        text += perToken(part, (token) => this.events(this.choices(asciiJson(token), 'null')));
    }
    return text;
  }

  closing(): string {
    const { finish, usageReported } = this.generation;
    const finished = this.events(this.choices('""', `"${FINISH_REASONS[finish]}"`));
    const told = this.request.includeUsage && usageReported;
    const usage = told ? `data: ${this.object('', `,"usage":${usageJson(this.generation)}`)}\n\n` : '';
    return `${finished}${usage}data: [DONE]\n\n`;
  }

  failing(): string {
    return ERROR_EVENT;
  }

  plain(): string {
    const { blocks, finish, usageReported } = this.generation;
    const text = blocks.filter(({ kind }) => kind === 'text').map(textOf);
    const choices = this.choices(asciiJson(text.join('')), `"${FINISH_REASONS[finish]}"`);
    return this.object(choices.join(','), usageReported ? `,"usage":${usageJson(this.generation)}` : '');
  }

  private choices(text: string, finishReason: string): string[] {
    return Array.from(
      { length: this.request.told },
      (_, index) => `{"text":${text},"index":${index},"logprobs":null,"finish_reason":${finishReason}}`,
    );
  }

  private events(choices: string[]): string {
    const usage = this.request.includeUsage ? ',"usage":null' : '';
    return perChoice(choices.length, (at) => `data: ${this.object(choices[at] ?? '', usage)}\n\n`);
  }

  private object(choices: string, more: string): string {
    const { id, created, model } = this.head;
    return (
      `{"id":"${id}","object":"text_completion","created":${created},` +
      `"model":${asciiJson(model)},"choices":[${choices}]${more}}`
    );
  }
}

/** `POST /v1/completions`. */
export const COMPLETIONS_WIRE: Wire<CompletionRequest> = {
  ...OPENAI_WIRE,
  parse: parseCompletionRequest,
  word: (request, generation) =>
    new CompletionWording(answerHead('cmpl-', request.model), request, generation),
};
