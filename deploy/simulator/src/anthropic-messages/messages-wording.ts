import type { Generation } from '../core/generation';
import { asciiJson } from '../core/json';
import { argumentsOf, partsOf, perToken, textOf } from '../core/script';
import type { Block, Part } from '../core/script';
import { signatureOf } from '../core/signature';
import type { Wording } from '../core/wire';

const STOP_REASONS: Record<Generation['finish'], string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool: 'tool_use',
  filter: 'refusal',
};

/** Arguments of no member are told as no text, as Anthropic does. */
const argumentsIn = (block: Block, text: string): string => (textOf(block) === '{}' ? '' : text);

const blockJson = (block: Block): string => {
  const text = textOf(block);
  switch (block.kind) {
    case 'reasoning':
      return `{"type":"thinking","thinking":${asciiJson(text)},"signature":"${signatureOf(text)}"}`;
    case 'text':
      return `{"type":"text","text":${asciiJson(text)}}`;
    case 'tool':
      return `{"type":"tool_use","id":"toolu_${block.id}","name":${asciiJson(block.name)},"input":${argumentsOf(block)}}`;
  }
};

/** A block before anything of it is said. */
const emptyBlockJson = (block: Block): string => {
  switch (block.kind) {
    case 'reasoning':
      return '{"type":"thinking","thinking":"","signature":""}';
    case 'text':
      return '{"type":"text","text":""}';
    case 'tool':
      return `{"type":"tool_use","id":"toolu_${block.id}","name":${asciiJson(block.name)},"input":{}}`;
  }
};

const deltaJson = (block: Block, text: string): string => {
  switch (block.kind) {
    case 'reasoning':
      return `{"type":"thinking_delta","thinking":${asciiJson(text)}}`;
    case 'text':
      return `{"type":"text_delta","text":${asciiJson(text)}}`;
    case 'tool':
      return `{"type":"input_json_delta","partial_json":${asciiJson(argumentsIn(block, text))}}`;
  }
};

const event = (type: string, members: string): string =>
  `event: ${type}\ndata: {"type":"${type}"${members === '' ? '' : `,${members}`}}\n\n`;

const delta = (index: number, json: string): string =>
  event('content_block_delta', `"index":${index},"delta":${json}`);

/** How a message reads, in Anthropic's format. */
export class MessagesWording implements Wording {
  readonly streamType = 'text/event-stream; charset=utf-8';

  constructor(
    private readonly id: string,
    private readonly model: string,
    private readonly generation: Generation,
  ) {}

  /** Tells the prompt's usage at once, and one output token that the end corrects. */
  opening(): string {
    const message = this.messageJson('', 'null', 1);
    return event('message_start', `"message":${message}`) + event('ping', '');
  }

  tokens(from: number, count: number): string {
    let text = '';
    for (const part of partsOf(this.generation.blocks, from, count)) text += this.part(part);
    return text;
  }

  /** The usage here is cumulative: it says all of it once more. */
  closing(): string {
    const { finish, steps, usageReported } = this.generation;
    const usage = usageReported ? `,"usage":${this.usageJson(steps)}` : '';
    const stop = `"delta":{"stop_reason":"${STOP_REASONS[finish]}","stop_sequence":null}${usage}`;
    return event('message_delta', stop) + event('message_stop', '');
  }

  failing(): string {
    return event('error', '"error":{"type":"api_error","message":"Internal server error"}');
  }

  plain(): string {
    const { blocks, steps, finish } = this.generation;
    return this.messageJson(blocks.map(blockJson).join(','), `"${STOP_REASONS[finish]}"`, steps);
  }

  private part(part: Part): string {
    const { block, index } = part;
    const start = `"index":${index},"content_block":${emptyBlockJson(block)}`;
    const opened = part.first === 0 ? event('content_block_start', start) : '';
    const said = perToken(part, (text) => delta(index, deltaJson(block, text)));
    return opened + said + (part.ends ? this.end(block, index) : '');
  }

  private end(block: Block, index: number): string {
    const signed =
      block.kind === 'reasoning'
        ? delta(index, `{"type":"signature_delta","signature":"${signatureOf(textOf(block))}"}`)
        : '';
    return signed + event('content_block_stop', `"index":${index}`);
  }

  private messageJson(content: string, stopReason: string, outputTokens: number): string {
    const usage = this.generation.usageReported ? `,"usage":${this.usageJson(outputTokens)}` : '';
    return (
      `{"id":"${this.id}","type":"message","role":"assistant","model":${asciiJson(this.model)},` +
      `"content":[${content}],"stop_reason":${stopReason},"stop_sequence":null${usage}}`
    );
  }

  private usageJson(outputTokens: number): string {
    return (
      `{"input_tokens":${this.generation.promptTokens},"cache_creation_input_tokens":0,` +
      '"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,' +
      `"ephemeral_1h_input_tokens":0},"output_tokens":${outputTokens},"service_tier":"standard"}`
    );
  }
}
