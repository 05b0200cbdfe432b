import { anthropic } from '../dialects/anthropic';
import { toChatCompletion, toChatError } from './openai-chat-to-anthropic/answer';
import { toMessagesRequest } from './openai-chat-to-anthropic/request';
import { ChatFromMessageStream } from './openai-chat-to-anthropic/stream';
import type { Passage } from './passage';
import { SseFraming, TranslatedAnswer } from './translated-answer';
import { outgoingOf } from './translation';

/** A chat completion of a provider that speaks Anthropic's messages. */
export const chatToMessages: Passage = {
  translates: true,
  request: (ask, to) => outgoingOf('/messages', toMessagesRequest, ask, to),
  answer: (ask, from, { askedAt }) => {
    const created = Math.floor(askedAt.getTime() / 1000);
    return new TranslatedAnswer(ask, from, anthropic, {
      framing: () => new SseFraming(),
      whole: (answer) => toChatCompletion(answer, created),
      error: toChatError,
      stream: () => new ChatFromMessageStream(created, ask.usageAsked),
    });
  },
};
