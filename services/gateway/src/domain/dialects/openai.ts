import { refusesCredential } from './credential-refusals';
import type { Dialect } from './dialect';
import { openaiAnswerOf } from './openai/assembly';
import { OpenAiEar } from './openai/ear';
import { isOpenAiError, statusOfError } from './openai-errors';
import { openaiUsageIn } from './openai/usage';
import { isWrittenIn } from './openai/written';
import { leavesDoubt } from './statuses';

/** OpenAI's own language, which most vendors and servers speak. */
export const openai: Dialect = {
  name: 'openai',
  clientHeaders: ['openai-beta'],
  answerHeaders: ['openai-model', 'openai-processing-ms', 'openai-version'],
  pathOf: (operation) => operation,
  headers: {},
  isStream: (contentType) => contentType.startsWith('text/event-stream'),
  leavesDoubt,
  refusesCredential,
  statusOfError,
  assembled: openaiAnswerOf,
  usageIn: openaiUsageIn,
  isError: isOpenAiError,
  isWritten: isWrittenIn,
  ear: (quirks, choices, written) => new OpenAiEar(quirks, choices, written),
};
