import { bedrock } from '../dialects/bedrock';
import { toMessage, toMessageError } from './anthropic-messages-to-bedrock/answer';
import { ConverseFraming } from './anthropic-messages-to-bedrock/framing';
import { toConverseRequest } from './anthropic-messages-to-bedrock/request';
import { MessageFromConverseStream } from './anthropic-messages-to-bedrock/stream';
import type { Passage } from './passage';
import { TranslatedAnswer } from './translated-answer';
import { inputEstimate, outgoingOf } from './translation';

/** A message of a provider that speaks Converse. */
export const messagesToConverse: Passage = {
  translates: true,
  request: (ask, to) => outgoingOf(ask.stream ? '/converse-stream' : '/converse', toConverseRequest, ask, to),
  answer: (ask, from, { requestId }) => {
    const head = { id: `msg_${requestId}`, model: from.name };
    return new TranslatedAnswer(ask, from, bedrock, {
      framing: () => new ConverseFraming(),
      whole: (answer) => toMessage(answer, head),
      error: toMessageError,
      stream: () => new MessageFromConverseStream({ ...head, inputEstimate: inputEstimate(ask) }),
    });
  },
};
