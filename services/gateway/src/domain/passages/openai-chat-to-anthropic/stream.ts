import { anthropicUsageIn, toldAfter } from '../../dialects/anthropic/usage';
import { type Json, objectOf } from '../../json-values';
import type { StreamTranslator } from '../translated-answer';
import { textOf } from '../translation';
import { chatUsage, finishReasonOf, toChatError } from './answer';

const sse = (data: Json): string => `data: ${JSON.stringify(data)}\n\n`;

/** A call whose arguments come piece by piece. */
interface Call {
  readonly index: number;
  said: boolean;
}

/** Says a stream of Anthropic's as one of OpenAI's, event by event. */
export class ChatFromMessageStream implements StreamTranslator {
  private id = '';
  private model = '';
  private readonly calls = new Map<unknown, Call>();
  private usage: Json = {};
  private stopReason: unknown;
  private over = false;

  /** @param created seconds since the epoch. */
  constructor(
    private readonly created: number,
    private readonly includeUsage: boolean,
  ) {}

  /** What the client gets for one event, which may be nothing. */
  event(event: Json): string {
    switch (event['type']) {
      case 'message_start':
        return this.start(objectOf(event['message']));
      case 'content_block_start':
        return this.blockStart(event['index'], objectOf(event['content_block']));
      case 'content_block_delta':
        return this.blockDelta(event['index'], objectOf(event['delta']));
      case 'content_block_stop':
        return this.blockStop(event['index']);
      case 'message_delta':
        return this.messageDelta(event);
      case 'message_stop':
        return this.end();
      case 'ping':
        return ': ping\n\n';
      default:
        return '';
    }
  }

  failure(event: Json): string {
    return sse(toChatError(event));
  }

  /** Some servers leave the last event out. */
  end(): string {
    if (this.over || this.stopReason === undefined) return '';
    this.over = true;
    const finish = this.chunk([this.choice({}, finishReasonOf(this.stopReason))]);
    const usage = anthropicUsageIn({ usage: this.usage });
    const told = this.includeUsage && usage ? this.chunk([], { usage: chatUsage(usage) }) : '';
    return `${finish}${told}data: [DONE]\n\n`;
  }

  private start(message: Json): string {
    // Some servers say it twice; the second adds usage alone.
    const first = this.id === '';
    this.id = textOf(message['id']) || this.id;
    this.model = textOf(message['model']) || this.model;
    this.addUsage(message['usage']);
    return first ? this.delta({ role: 'assistant', content: '', refusal: null }) : '';
  }

  private blockStart(index: unknown, block: Json): string {
    switch (block['type']) {
      case 'tool_use':
        return this.callStart(index, block);
      case 'redacted_thinking':
        return this.detail({ type: 'reasoning.encrypted', data: textOf(block['data']), index });
      case 'text':
        return textOf(block['text']) === '' ? '' : this.delta({ content: textOf(block['text']) });
      default:
        return '';
    }
  }

  /** Calls have numbers of their own, which count calls alone. Some servers give the arguments at once. */
  private callStart(index: unknown, block: Json): string {
    const input = objectOf(block['input']);
    const whole = Object.keys(input).length > 0 ? JSON.stringify(input) : '';
    const call: Call = { index: this.calls.size, said: whole !== '' };
    this.calls.set(index, call);
    const called = { name: textOf(block['name']), arguments: whole };
    const opened = { index: call.index, id: textOf(block['id']), type: 'function', function: called };
    return this.delta({ tool_calls: [opened] });
  }

  private blockDelta(index: unknown, delta: Json): string {
    switch (delta['type']) {
      case 'text_delta':
        return this.delta({ content: textOf(delta['text']) });
      case 'input_json_delta':
        return this.fragment(this.calls.get(index), textOf(delta['partial_json']));
      case 'thinking_delta':
        return this.thought(textOf(delta['thinking']), index);
      case 'signature_delta':
        return this.detail({ type: 'reasoning.text', signature: textOf(delta['signature']), index });
      default:
        return '';
    }
  }

  private fragment(call: Call | undefined, json: string): string {
    if (!call || json === '') return '';
    call.said = true;
    return this.delta({ tool_calls: [{ index: call.index, function: { arguments: json } }] });
  }

  private thought(text: string, index: unknown): string {
    const detail = { type: 'reasoning.text', text, index };
    return this.delta({ reasoning_content: text, reasoning_details: [detail] });
  }

  private detail(detail: Json): string {
    return this.delta({ reasoning_details: [detail] });
  }

  /** Of a call without arguments Anthropic says nothing, where OpenAI says that there are none. */
  private blockStop(index: unknown): string {
    const call = this.calls.get(index);
    return call && !call.said ? this.fragment(call, '{}') : '';
  }

  private messageDelta(event: Json): string {
    this.stopReason = objectOf(event['delta'])['stop_reason'] ?? this.stopReason;
    this.addUsage(event['usage']);
    return '';
  }

  /** Usage comes in parts, each of them counted from the beginning. */
  private addUsage(usage: unknown): void {
    this.usage = toldAfter(this.usage, objectOf(usage));
  }

  private delta(delta: Json): string {
    return this.chunk([this.choice(delta, null)]);
  }

  private choice(delta: Json, finishReason: string | null): Json {
    return { index: 0, delta, logprobs: null, finish_reason: finishReason };
  }

  private chunk(choices: readonly Json[], more: Json = this.includeUsage ? { usage: null } : {}): string {
    const { id, created, model } = this;
    return sse({ id, object: 'chat.completion.chunk', created, model, choices, ...more });
  }
}
