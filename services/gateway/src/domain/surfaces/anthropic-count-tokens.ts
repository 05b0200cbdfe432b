import type { Ask } from '../ask';
import { readMessages } from './anthropic-messages';
import { anthropicWords } from './anthropic-words';
import type { Surface } from './surface';

/** Providers count for nothing: it is a request like any other, and costs no tokens. */
const parse = (body: Buffer): Ask => {
  const { reader, prompt } = readMessages(body);
  const model = reader.model();
  return {
    body,
    members: reader.members,
    ...(model !== undefined && { model }),
    stream: false,
    usageAsked: true,
    demand: { billed: false, prompt },
  };
};

/** `POST /v1/messages/count_tokens`. */
export const anthropicCountTokens: Surface = {
  name: 'anthropic-count-tokens',
  paths: ['v1/messages/count_tokens'],
  parse,
  ...anthropicWords,
};
