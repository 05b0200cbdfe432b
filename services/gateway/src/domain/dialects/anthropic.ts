import { AnthropicEar } from './anthropic-ear';
import { anthropicUsageIn } from './anthropic-usage';
import type { Dialect } from './dialect';
import { leavesDoubt } from './statuses';

/** The version of the API that a client means who names none. */
const VERSION = '2023-06-01';

/** Anthropic's messages. */
export const anthropic: Dialect = {
  name: 'anthropic',
  clientHeaders: ['anthropic-version', 'anthropic-beta'],
  answerHeaders: ['request-id'],
  pathOf: (operation) => operation,
  headers: { 'anthropic-version': VERSION },
  isStream: (contentType) => contentType.startsWith('text/event-stream'),
  leavesDoubt,
  usageIn: anthropicUsageIn,
  ear: () => new AnthropicEar(),
};
