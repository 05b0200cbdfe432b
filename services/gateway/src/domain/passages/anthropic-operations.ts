import { anthropic } from '../dialects/anthropic';
import { NO_USAGE } from '../usage';
import type { Passage } from './passage';
import { sameDialect } from './same-dialect';

export const messages: Passage = sameDialect(anthropic, { path: '/messages' });

/** What is counted was not used. */
export const countTokens: Passage = sameDialect(anthropic, {
  path: '/messages/count_tokens',
  usageIn: () => NO_USAGE,
});
