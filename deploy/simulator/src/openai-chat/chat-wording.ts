import { asciiJson } from '../core/json';
import type { Generation } from '../core/generation';
import { TOKEN, partsOf, perToken, textOf } from '../core/script';
import type { Block, Part } from '../core/script';
import type { Wording } from '../core/wire';

export const SSE = 'text/event-stream; charset=utf-8';

/** What every object of one answer repeats. */
export interface AnswerHead {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly model: string;
}

/** What a server of OpenAI's format adds of its own; all of it JSON members with a leading comma, or nothing. */
export interface ChatExtras {
  /** An event before all others. */
  readonly prologue: (start: string) => string;
  /** Members of a body, or of each choice. */
  readonly body: string;
  readonly choice: string;
}

export const NO_EXTRAS: ChatExtras = { prologue: () => '', body: '', choice: '' };

export const FINISH_REASONS: Record<Generation['finish'], string> = {
  stop: 'stop',
  length: 'length',
  tool: 'tool_calls',
  filter: 'content_filter',
};

export const usageJson = ({ promptTokens, choices, steps, reasoningTokens }: Generation): string =>
  `{"prompt_tokens":${promptTokens},"completion_tokens":${steps * choices},` +
  `"total_tokens":${promptTokens + steps * choices},` +
  '"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},' +
  `"completion_tokens_details":{"reasoning_tokens":${reasoningTokens * choices},"audio_tokens":0,` +
  '"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}';

export const perChoice = (choices: number, text: (index: number) => string, separator = ''): string =>
  Array.from({ length: choices }, (_, index) => text(index)).join(separator);

export const ERROR_EVENT =
  'data: {"error":{"message":"The server had an error while processing your request.",' +
  '"type":"server_error","param":null,"code":null}}\n\n';

const saidIn = (blocks: readonly Block[]): string =>
  blocks
    .filter(({ kind }) => kind === 'text')
    .map(textOf)
    .join('');

const callJson = ({ id, name, ...block }: Block): string =>
  `{"id":"call_${id}","type":"function","function":{"name":${asciiJson(name)},` +
  `"arguments":${asciiJson(textOf({ id, name, ...block }))}}}`;

const messageJson = (blocks: readonly Block[]): string => {
  const calls = blocks.filter(({ kind }) => kind === 'tool');
  const text = saidIn(blocks);
  const content = calls.length > 0 && text === '' ? 'null' : asciiJson(text);
  const toolCalls = calls.length > 0 ? `,"tool_calls":[${calls.map(callJson).join(',')}]` : '';
  return `{"role":"assistant","content":${content}${toolCalls},"refusal":null,"annotations":[]}`;
};

/** How a chat completion reads, in OpenAI's format; what repeats is built once. Thought is billed and not shown. */
export class ChatWording implements Wording {
  readonly streamType = SSE;
  private readonly start: string;
  private readonly end: string;
  private readonly step: string;
  private readonly firstTool: number;

  constructor(
    private readonly head: AnswerHead,
    private readonly generation: Generation,
    private readonly includeUsage: boolean,
    private readonly extras: ChatExtras = NO_EXTRAS,
  ) {
    this.start =
      `data: {"id":"${head.id}","object":"chat.completion.chunk","created":${head.created},` +
      `"model":${asciiJson(head.model)},"service_tier":"default","system_fingerprint":null,"choices":[`;
    this.end = includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
    this.step = this.everyChoice(`{"content":"${TOKEN}"}`, 'null');
    this.firstTool = generation.blocks.findIndex(({ kind }) => kind === 'tool');
  }

  /** Tells each choice's role, as OpenAI does before the first token. */
  opening(): string {
    const role = this.everyChoice('{"role":"assistant","content":"","refusal":null}', 'null');
    return this.extras.prologue(this.start) + role;
  }

  /** One chunk per token and choice. */
  tokens(from: number, count: number): string {
    let text = '';
    for (const part of partsOf(this.generation.blocks, from, count)) text += this.part(part);
    return text;
  }

  /** Finishes each choice, then tells the usage if it was asked for, then ends the stream. */
  closing(): string {
    const { finish, usageReported } = this.generation;
    const usage =
      this.includeUsage && usageReported ? `${this.start}],"usage":${usageJson(this.generation)}}\n\n` : '';
    return `${this.everyChoice('{}', `"${FINISH_REASONS[finish]}"`)}${usage}data: [DONE]\n\n`;
  }

  failing(): string {
    return ERROR_EVENT;
  }

  plain(): string {
    const { choices, finish, blocks } = this.generation;
    const message = messageJson(blocks);
    const choicesJson = perChoice(
      choices,
      (index) =>
        `{"index":${index},"message":${message},"logprobs":null,` +
        `"finish_reason":"${FINISH_REASONS[finish]}"${this.extras.choice}}`,
      ',',
    );
    const usage = this.generation.usageReported ? `,"usage":${usageJson(this.generation)}` : '';
    return (
      `{"id":"${this.head.id}","object":"chat.completion","created":${this.head.created},` +
      `"model":${asciiJson(this.head.model)},"choices":[${choicesJson}]${usage},` +
      `"service_tier":"default","system_fingerprint":null${this.extras.body}}`
    );
  }

  private part(part: Part): string {
    switch (part.block.kind) {
      case 'reasoning':
        return '';
      case 'text':
        return part.block.pieces
          ? perToken(part, (text) => this.everyChoice(`{"content":${asciiJson(text)}}`, 'null'))
          : this.step.repeat(part.count);
      case 'tool':
        return this.callPart(part);
    }
  }

  private callPart(part: Part): string {
    const { id, name } = part.block;
    const index = part.index - this.firstTool;
    const opened =
      `{"tool_calls":[{"index":${index},"id":"call_${id}","type":"function",` +
      `"function":{"name":${asciiJson(name)},"arguments":""}}]}`;
    const fragments = perToken(part, (text) => {
      const call = `{"index":${index},"function":{"arguments":${asciiJson(text)}}}`;
      return this.everyChoice(`{"tool_calls":[${call}]}`, 'null');
    });
    return (part.first === 0 ? this.everyChoice(opened, 'null') : '') + fragments;
  }

  private everyChoice(delta: string, finishReason: string): string {
    return perChoice(
      this.generation.choices,
      (index) =>
        `${this.start}{"index":${index},"delta":${delta},"logprobs":null,` +
        `"finish_reason":${finishReason}${this.extras.choice}}${this.end}`,
    );
  }
}
