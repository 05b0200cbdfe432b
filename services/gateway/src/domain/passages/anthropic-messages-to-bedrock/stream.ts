import { bedrockUsageIn } from '../../dialects/bedrock/usage';
import { countOf, type Json, objectOf, isObject } from '../../json-values';
import type { Usage } from '../../usage';
import type { StreamTranslator } from '../translated-answer';
import { textOf } from '../translation';
import { type MessageHead, messageUsage, stopReasonOf, toMessageError } from './answer';

export interface MessageEventsParts extends MessageHead {
  /**
   * Tokens of the input, as nearly as they are known before the provider tells: clients look at them at the start. Absent
   * where usage is told only when it is known.
   */
  readonly inputEstimate?: number;
}

/** Turns the events of ConverseStream, each with its `type`, into Anthropic's. */
export class MessageEvents {
  private started = false;
  private over = false;
  /** Blocks that have begun. */
  private readonly blocks = new Set<number>();
  private stopReason: unknown;
  private usage: Usage | undefined;

  constructor(private readonly parts: MessageEventsParts) {}

  of(event: Json): readonly Json[] {
    if (this.over) return [];
    const index = countOf(event['contentBlockIndex']) ?? 0;
    switch (event['type']) {
      case 'messageStart':
        return this.start();
      case 'contentBlockStart':
        return this.blockStart(index, objectOf(objectOf(event['start'])['toolUse']));
      case 'contentBlockDelta':
        return this.blockDelta(index, objectOf(event['delta']));
      case 'contentBlockStop':
        return this.blocks.delete(index) ? [{ type: 'content_block_stop', index }] : [];
      case 'messageStop':
        this.stopReason = event['stopReason'];
        return [];
      case 'metadata':
        this.usage = bedrockUsageIn(event);
        return this.end();
      default:
        return [];
    }
  }

  /** Of the exception by which it failed. */
  failure(event: Json): Json {
    return toMessageError(event, textOf(event['type']));
  }

  /** The usage comes behind the stop, and is told with it. */
  end(): readonly Json[] {
    if (this.over || this.stopReason === undefined) return [];
    this.over = true;
    const delta = { stop_reason: stopReasonOf(this.stopReason), stop_sequence: null };
    const usage = this.usage && messageUsage(this.usage);
    return [{ type: 'message_delta', delta, ...(usage && { usage }) }, { type: 'message_stop' }];
  }

  private start(): readonly Json[] {
    if (this.started) return [];
    this.started = true;
    const { id, model, inputEstimate } = this.parts;
    const message = {
      ...{
        id,
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
      },
      ...(inputEstimate !== undefined && { usage: { input_tokens: inputEstimate, output_tokens: 1 } }),
    };
    return [{ type: 'message_start', message }];
  }

  private blockStart(index: number, { toolUseId, name }: Json): readonly Json[] {
    return this.begin(index, { type: 'tool_use', id: textOf(toolUseId), name: textOf(name), input: {} });
  }

  /** Only calls have a start of their own; of all else the first delta is the start. */
  private begin(index: number, block: Json): readonly Json[] {
    if (this.blocks.has(index)) return [];
    this.blocks.add(index);
    return [{ type: 'content_block_start', index, content_block: block }];
  }

  private blockDelta(index: number, delta: Json): readonly Json[] {
    if (typeof delta['text'] === 'string')
      return this.say(index, { type: 'text', text: '' }, { type: 'text_delta', text: delta['text'] });
    if (isObject(delta['toolUse'])) {
      const json = { type: 'input_json_delta', partial_json: textOf(delta['toolUse']['input']) };
      return this.say(index, { type: 'tool_use', id: '', name: '', input: {} }, json);
    }
    return isObject(delta['reasoningContent']) ? this.thought(index, delta['reasoningContent']) : [];
  }

  private thought(index: number, { text, signature, redactedContent }: Json): readonly Json[] {
    if (typeof redactedContent === 'string')
      return this.begin(index, { type: 'redacted_thinking', data: redactedContent });
    const block = { type: 'thinking', thinking: '', signature: '' };
    if (typeof signature === 'string') return this.say(index, block, { type: 'signature_delta', signature });
    return this.say(index, block, { type: 'thinking_delta', thinking: textOf(text) });
  }

  private say(index: number, block: Json, delta: Json): readonly Json[] {
    return [...this.begin(index, block), { type: 'content_block_delta', index, delta }];
  }
}

/** Clients take it that the end tells usage: where the provider told none, it is as little as can be said. */
const NO_USAGE = { output_tokens: 0 };

const sse = (event: Json): string => `event: ${textOf(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`;

/** Says a stream of Bedrock's as one of Anthropic's, event by event. */
export class MessageFromConverseStream implements StreamTranslator {
  private readonly events: MessageEvents;

  constructor(parts: MessageEventsParts) {
    this.events = new MessageEvents(parts);
  }

  event(event: Json): string {
    return this.said(this.events.of(event));
  }

  failure(event: Json): string {
    return sse(this.events.failure(event));
  }

  end(): string {
    return this.said(this.events.end());
  }

  private said(events: readonly Json[]): string {
    return events
      .map((event) => sse(event['type'] === 'message_delta' ? { usage: NO_USAGE, ...event } : event))
      .join('');
  }
}
