import type { Json } from '../../json-values';
import { type MessageHead, toMessage, toMessageError } from '../anthropic-messages-to-bedrock/answer';
import { MessageEvents } from '../anthropic-messages-to-bedrock/stream';
import {
  toChatCompletion as fromMessage,
  toChatError as fromMessageError,
} from '../openai-chat-to-anthropic/answer';
import { ChatFromMessageStream } from '../openai-chat-to-anthropic/stream';
import type { StreamTranslator } from '../translated-answer';

/** An answer of Converse as a chat completion; undefined where it is none. */
export const toChatCompletion = (answer: unknown, head: MessageHead, created: number): Json | undefined =>
  fromMessage(toMessage(answer, head), created);

/** An error of Bedrock's in OpenAI's envelope. */
export const toChatError = (answer: unknown): Json => fromMessageError(toMessageError(answer));

/** Says a stream of Bedrock's as one of OpenAI's, event by event. */
export class ChatFromConverseStream implements StreamTranslator {
  private readonly events: MessageEvents;
  private readonly chat: ChatFromMessageStream;

  constructor(head: MessageHead, created: number, includeUsage: boolean) {
    this.events = new MessageEvents(head);
    this.chat = new ChatFromMessageStream(created, includeUsage);
  }

  event(event: Json): string {
    return this.said(this.events.of(event));
  }

  failure(event: Json): string {
    return this.chat.failure(this.events.failure(event));
  }

  end(): string {
    return this.said(this.events.end());
  }

  private said(events: readonly Json[]): string {
    return events.map((event) => this.chat.event(event)).join('');
  }
}
