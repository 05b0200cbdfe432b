import { countOf, type Json, objectOf, objectsIn } from '../../json-values';
import { laterUsage, type Usage } from '../../usage';
import type { StreamTranslator } from '../translated-answer';
import { textOf } from '../translation';
import {
  callIdOf,
  type MessageHead,
  messageUsage,
  saidIn,
  stopReasonOf,
  thoughtIn,
  toMessageError,
} from './answer';
import { KeptThought } from './kept-thought';

const sse = (type: string, members: Json): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;

/** A block of the message that is being said. */
interface Block {
  readonly index: number;
  readonly kind: 'thinking' | 'text' | 'tool_use';
}

const EMPTY: Readonly<Record<'thinking' | 'text', Json>> = {
  thinking: { type: 'thinking', thinking: '', signature: '' },
  text: { type: 'text', text: '' },
};

export interface MessageStreamParts extends MessageHead {
  /** Of an event: its usage. */
  readonly usageIn: (event: unknown) => Usage | undefined;
  /** Tokens of the input, as nearly as they are known before the provider tells: clients look at them at the start. */
  readonly inputEstimate: number;
}

/** Says a stream of OpenAI's as one of Anthropic's, event by event. Of several choices it says the first. */
export class MessageFromChatStream implements StreamTranslator {
  private id = '';
  private started = false;
  private over = false;
  private blocks = 0;
  private open: Block | undefined;
  /** By the index that the provider gives a call. */
  private readonly calls = new Map<number, Block>();
  private usage: Usage | undefined;
  private finishReason: unknown;
  private refused = false;
  private readonly kept: KeptThought;

  constructor(private readonly parts: MessageStreamParts) {
    this.kept = new KeptThought(parts.model);
  }

  /** What the client gets for one event, which may be nothing. */
  event(event: Json): string {
    if (this.over) return '';
    const usage = this.parts.usageIn(event);
    if (usage) this.usage = laterUsage(this.usage, usage);
    const choices = Array.isArray(event['choices']) ? (event['choices'] as unknown[]) : [];
    const choice = choices.map(objectOf).find(({ index }) => (countOf(index) ?? 0) === 0);
    const started = this.start(event, choice !== undefined);
    if (!choice) return started;
    const said = this.said(objectOf(choice['delta']));
    this.finishReason = choice['finish_reason'] ?? this.finishReason;
    return started + said;
  }

  failure(event: Json): string {
    const { error } = toMessageError(event);
    return sse('error', { error });
  }

  /** The usage comes last, so the end is said when no more can come. */
  end(): string {
    if (this.over || this.finishReason === undefined) return '';
    this.over = true;
    const reason = this.refused ? 'refusal' : stopReasonOf(this.finishReason, this.calls.size > 0);
    const usage = this.usage ? messageUsage(this.usage) : { output_tokens: 0 };
    return (
      this.close() +
      this.keep() +
      sse('message_delta', { delta: { stop_reason: reason, stop_sequence: null }, usage }) +
      sse('message_stop', {})
    );
  }

  /** The first event of a filter may name neither answer nor model; nor do some servers in any that says something. */
  private start(event: Json, says: boolean): string {
    if (this.started || (textOf(event['id']) === '' && !says)) return '';
    this.started = true;
    this.id = textOf(event['id']) || this.parts.id;
    const message = {
      id: this.id,
      type: 'message',
      role: 'assistant',
      model: textOf(event['model']) || this.parts.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: this.parts.inputEstimate, output_tokens: 1 },
    };
    return sse('message_start', { message });
  }

  private said(delta: Json): string {
    const refusal = textOf(delta['refusal']);
    if (refusal !== '') this.refused = true;
    const calls = objectsIn(delta['tool_calls']);
    this.kept.add(delta['reasoning_details']);
    return (
      this.text('thinking', 'thinking_delta', 'thinking', thoughtIn(delta)) +
      this.text('text', 'text_delta', 'text', saidIn(delta['content']) + refusal) +
      calls.map((call, at) => this.call(call, countOf(call['index']) ?? at)).join('')
    );
  }

  private text(kind: 'thinking' | 'text', type: string, member: string, text: string): string {
    if (text === '') return '';
    const opened = this.open?.kind === kind ? '' : this.begin(kind, EMPTY[kind]);
    return opened + this.delta(this.open, { type, [member]: text });
  }

  /** A fragment of a call that comes after the next has begun belongs to its own call still. */
  private call(call: Json, index: number): string {
    const called = objectOf(call['function']);
    const opened = this.calls.has(index) ? '' : this.beginCall(call, textOf(called['name']), index);
    const json = textOf(called['arguments']);
    const said = { type: 'input_json_delta', partial_json: json };
    return opened + (json === '' ? '' : this.delta(this.calls.get(index), said));
  }

  private beginCall(call: Json, name: string, index: number): string {
    const block = { type: 'tool_use', id: callIdOf(call['id'], this.id, index), name, input: {} };
    const opened = this.begin('tool_use', block);
    if (this.open) this.calls.set(index, this.open);
    return opened;
  }

  private begin(kind: Block['kind'], content: Json): string {
    const closed = this.close() + (kind === 'thinking' ? '' : this.keep());
    this.open = { kind, index: this.blocks++ };
    return closed + sse('content_block_start', { index: this.open.index, content_block: content });
  }

  /** What is told of a thought goes before what follows it; what is told later, before the end. */
  private keep(): string {
    return this.kept
      .blocks()
      .map((block) => {
        const index = this.blocks++;
        return (
          sse('content_block_start', { index, content_block: block }) + sse('content_block_stop', { index })
        );
      })
      .join('');
  }

  private close(): string {
    if (!this.open) return '';
    const { index } = this.open;
    this.open = undefined;
    return sse('content_block_stop', { index });
  }

  private delta(block: Block | undefined, delta: Json): string {
    return block ? sse('content_block_delta', { index: block.index, delta }) : '';
  }
}
