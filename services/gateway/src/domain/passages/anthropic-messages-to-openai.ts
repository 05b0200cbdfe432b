import { openai } from '../dialects/openai';
import { toMessage, toMessageError } from './anthropic-messages-to-openai/answer';
import { toChatRequest } from './anthropic-messages-to-openai/request';
import { MessageFromChatStream } from './anthropic-messages-to-openai/stream';
import type { Passage } from './passage';
import { SseFraming, TranslatedAnswer } from './translated-answer';
import { inputEstimate, outgoingOf } from './translation';

/** A message of a provider that speaks OpenAI's language. */
export const messagesToChat: Passage = {
  translates: true,
  request: (ask, to) => outgoingOf('/chat/completions', toChatRequest, ask, to),
  answer: (ask, from, { requestId, written }) => {
    const head = { id: `msg_${requestId}`, model: from.name };
    const usageIn = (answer: unknown) => openai.usageIn(answer, from.quirks);
    const translator = {
      framing: () => new SseFraming(),
      whole: (answer: unknown) => toMessage(answer, head, usageIn(answer)),
      error: toMessageError,
      stream: () => new MessageFromChatStream({ ...head, usageIn, inputEstimate: inputEstimate(ask) }),
    };
    return new TranslatedAnswer(ask, from, openai, translator, written);
  },
};
