import type { Generation } from './generation';

/** What every object of one answer repeats. */
export interface AnswerHead {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
}

/** Every generated token. Short, so that a thousand streams fit in one socket buffer each. */
export const TOKEN = 'tok ';

/** JSON in ASCII alone, so that a string's length is its length in bytes on the wire. */
const asciiJson = (value: string): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const usageJson = (promptTokens: number, completionTokens: number): string =>
  `{"prompt_tokens":${promptTokens},"completion_tokens":${completionTokens},` +
  `"total_tokens":${promptTokens + completionTokens},` +
  '"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},' +
  '"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,' +
  '"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}';

const perChoice = (choices: number, text: (index: number) => string, separator = ''): string =>
  Array.from({ length: choices }, (_, index) => text(index)).join(separator);

/** The body of a plain answer, in ASCII. */
export const plainBody = (head: AnswerHead, generation: Generation): string => {
  const { choices, steps, promptTokens, finishReason } = generation;
  const message = `{"role":"assistant","content":"${TOKEN.repeat(steps)}","refusal":null,"annotations":[]}`;
  const choicesJson = perChoice(
    choices,
    (index) => `{"index":${index},"message":${message},"logprobs":null,"finish_reason":"${finishReason}"}`,
    ',',
  );
  const usage = generation.usageReported ? `,"usage":${usageJson(promptTokens, steps * choices)}` : '';
  return (
    `{"id":"${head.id}","object":"chat.completion","created":${head.created},` +
    `"model":${asciiJson(head.model)},"choices":[${choicesJson}]${usage},` +
    '"service_tier":"default","system_fingerprint":null}'
  );
};

/** The server-sent events of one streamed answer, in ASCII; what repeats is built once. */
export class ChatFrames {
  private readonly start: string;
  private readonly end: string;
  private readonly step: string;

  constructor(
    head: AnswerHead,
    private readonly generation: Generation,
    private readonly includeUsage: boolean,
  ) {
    this.start =
      `data: {"id":"${head.id}","object":"chat.completion.chunk","created":${head.created},` +
      `"model":${asciiJson(head.model)},"service_tier":"default","system_fingerprint":null,"choices":[`;
    this.end = includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
    this.step = this.everyChoice(`{"content":"${TOKEN}"}`, 'null');
  }

  /** Tells each choice's role, as OpenAI does before the first token. */
  opening(): string {
    return this.everyChoice('{"role":"assistant","content":"","refusal":null}', 'null');
  }

  /** One chunk per token and choice. */
  steps(count: number): string {
    return this.step.repeat(count);
  }

  /** Finishes each choice, then tells the usage if it was asked for, then ends the stream. */
  closing(): string {
    const { promptTokens, choices, steps, finishReason, usageReported } = this.generation;
    const usage =
      this.includeUsage && usageReported
        ? `${this.start}],"usage":${usageJson(promptTokens, steps * choices)}}\n\n`
        : '';
    return `${this.everyChoice('{}', `"${finishReason}"`)}${usage}data: [DONE]\n\n`;
  }

  private everyChoice(delta: string, finishReason: string): string {
    return perChoice(
      this.generation.choices,
      (index) =>
        `${this.start}{"index":${index},"delta":${delta},"logprobs":null,` +
        `"finish_reason":${finishReason}}${this.end}`,
    );
  }
}
