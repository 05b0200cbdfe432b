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

/** Anthropic's messages. */
export const anthropic: Dialect = {
  name: 'anthropic',
  outputLimit: 'max_tokens',
  clientHeaders: ['anthropic-version', 'anthropic-beta'],
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
