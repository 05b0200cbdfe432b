import type { Generation } from '../core/generation';
import { asciiJson } from '../core/json';
import { argumentsOf, partsOf, perToken, textOf } from '../core/script';
import type { Block, Part } from '../core/script';
import { signatureOf } from '../core/signature';
import type { Wording } from '../core/wire';
import { eventFrame } from './event-frame';

const STOP_REASONS: Record<Generation['finish'], string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool: 'tool_use',
  filter: 'content_filtered',
};

/** Bedrock pads its events, so that their length tells nothing. */
const PADDING = '"p":"abcdefghijkl"';

const event = (type: string, members: string): string =>
  eventFrame(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    `{${members === '' ? '' : `${members},`}${PADDING}}`,
  );

const callJson = ({ id, name }: Block, input: string): string =>
  `{"toolUse":{"toolUseId":"tooluse_${id}","name":${asciiJson(name)}${input}}}`;

const blockJson = (block: Block): string => {
  const text = textOf(block);
  switch (block.kind) {
    case 'reasoning':
      return (
        `{"reasoningContent":{"reasoningText":{"text":${asciiJson(text)},` +
        `"signature":"${signatureOf(text)}"}}}`
      );
    case 'text':
      return `{"text":${asciiJson(text)}}`;
    case 'tool':
      return callJson(block, `,"input":${argumentsOf(block)}`);
  }
};

const deltaJson = (block: Block, text: string): string => {
  switch (block.kind) {
    case 'reasoning':
      return `{"reasoningContent":{"text":${asciiJson(text)}}}`;
    case 'text':
      return `{"text":${asciiJson(text)}}`;
    case 'tool':
      return `{"toolUse":{"input":${asciiJson(text)}}}`;
  }
};

const delta = (index: number, json: string): string =>
  event('contentBlockDelta', `"contentBlockIndex":${index},"delta":${json}`);

/** How Converse and ConverseStream read. */
export class ConverseWording implements Wording {
  readonly streamType = 'application/vnd.amazon.eventstream';

  constructor(private readonly generation: Generation) {}

  opening(): string {
    return event('messageStart', '"role":"assistant"');
  }

  tokens(from: number, count: number): string {
    let text = '';
    for (const part of partsOf(this.generation.blocks, from, count)) text += this.part(part);
    return text;
  }

  /** The usage comes after the end of the message. */
  closing(): string {
    const stop = `"stopReason":"${STOP_REASONS[this.generation.finish]}"`;
    return event('messageStop', stop) + event('metadata', `"metrics":{"latencyMs":1}${this.usage()}`);
  }

  failing(): string {
    const headers = {
      ':exception-type': 'internalServerException',
      ':content-type': 'application/json',
      ':message-type': 'exception',
    };
    return eventFrame(headers, '{"message":"The system encountered an unexpected error during processing."}');
  }

  plain(): string {
    const { blocks, finish } = this.generation;
    return (
      `{"metrics":{"latencyMs":1},"output":{"message":{"content":[${blocks.map(blockJson).join(',')}],` +
      `"role":"assistant"}},"stopReason":"${STOP_REASONS[finish]}"${this.usage()}}`
    );
  }

  private usage(): string {
    const { promptTokens, steps, usageReported } = this.generation;
    if (!usageReported) return '';
    return (
      `,"usage":{"inputTokens":${promptTokens},"outputTokens":${steps},` +
      `"totalTokens":${promptTokens + steps},"cacheReadInputTokens":0,"cacheWriteInputTokens":0}`
    );
  }

  /** Only the block of a tool call has a start of its own. */
  private part(part: Part): string {
    const { block, index } = part;
    const starts = part.first === 0 && block.kind === 'tool';
    const start = `"contentBlockIndex":${index},"start":${callJson(block, '')}`;
    const said = perToken(part, (text) => delta(index, deltaJson(block, text)));
    return (
      (starts ? event('contentBlockStart', start) : '') + said + (part.ends ? this.end(block, index) : '')
    );
  }

  private end(block: Block, index: number): string {
    const signature = `{"reasoningContent":{"signature":"${signatureOf(textOf(block))}"}}`;
    return (
      (block.kind === 'reasoning' ? delta(index, signature) : '') +
      event('contentBlockStop', `"contentBlockIndex":${index}`)
    );
  }
}
