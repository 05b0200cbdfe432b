import { bedrock } from '../dialects/bedrock';
import { ConverseFraming } from './anthropic-messages-to-bedrock/framing';
import { ChatFromConverseStream, toChatCompletion, toChatError } from './openai-chat-to-bedrock/answer';
import { toConverseRequest } from './openai-chat-to-bedrock/request';
import type { Passage } from './passage';
import { TranslatedAnswer } from './translated-answer';
import { outgoingOf } from './translation';

/** A chat completion of a provider that speaks Converse. */
export const chatToConverse: Passage = {
  translates: true,
  request: (ask, to) => outgoingOf(ask.stream ? '/converse-stream' : '/converse', toConverseRequest, ask, to),
  answer: (ask, from, { requestId, askedAt }) => {
    const created = Math.floor(askedAt.getTime() / 1000);
    const head = { id: `chatcmpl-${requestId}`, model: from.name };
    return new TranslatedAnswer(ask, from, bedrock, {
      framing: () => new ConverseFraming(),
      whole: (answer) => toChatCompletion(answer, head, created),
      error: toChatError,
      stream: () => new ChatFromConverseStream(head, created, ask.usageAsked),
    });
  },
};
