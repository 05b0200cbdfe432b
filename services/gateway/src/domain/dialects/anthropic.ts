import { anthropicAnswerOf } from './anthropic/assembly';
import { AnthropicEar } from './anthropic/ear';
import { anthropicUsageIn } from './anthropic/usage';
import { refusesCredential } from './credential-refusals';
import type { Dialect } from './dialect';
import { objectOf, objectsIn } from '../json-values';
import { isOpenAiError, statusOfError } from './openai-errors';
import { leavesDoubt } from './statuses';

/** The version of the API that a client means who names none. */
const VERSION = '2023-06-01';

/** Who names it has some models read more than their own window, for more. Source: its documentation of context windows. */
const LARGER_WINDOW = /(^|,)[ \t]*context-1m-/;
const LARGER_WINDOW_TOKENS = 1_000_000;

/** Anthropic's messages. */
export const anthropic: Dialect = {
  name: 'anthropic',
  outputLimit: 'max_tokens',
  clientHeaders: ['anthropic-version', 'anthropic-beta'],
  windowAsked: ({ 'anthropic-beta': asked = '' }) =>
    LARGER_WINDOW.test(asked) ? LARGER_WINDOW_TOKENS : undefined,
  answerHeaders: ['request-id'],
  pathOf: (operation) => operation,
  headers: { 'anthropic-version': VERSION },
  isStream: (contentType) => contentType.startsWith('text/event-stream'),
  leavesDoubt,
  refusesCredential,
  statusOfError,
  assembled: anthropicAnswerOf,
  usageIn: anthropicUsageIn,
  isError: isOpenAiError,
  isWritten: (answer) => objectsIn(objectOf(answer)['content']).length > 0,
  ear: () => new AnthropicEar(),
};
