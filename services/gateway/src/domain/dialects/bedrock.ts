import { BedrockEar } from './bedrock/ear';
import { bedrockUsageIn } from './bedrock/usage';
import { refusesCredential } from './credential-refusals';
import type { Dialect } from './dialect';
import { objectsIn, valueAt, objectOf } from '../json-values';
import { statusOfError } from './openai-errors';
import { leavesDoubt } from './statuses';

/** Converse of Amazon Bedrock. Source: its API reference of the runtime. */
export const bedrock: Dialect = {
  name: 'bedrock',
  outputLimit: 'max_tokens',
  clientHeaders: [],
  answerHeaders: ['x-amzn-requestid'],
  pathOf: (operation, { name }) => `/model/${encodeURIComponent(name)}${operation}`,
  headers: {},
  isStream: (contentType) => contentType.startsWith('application/vnd.amazon.eventstream'),
  leavesDoubt,
  refusesCredential,
  statusOfError,
  // Its streams have a path of their own.
  assembled: () => undefined,
  usageIn: bedrockUsageIn,
  isError: (answer) => typeof objectOf(answer)['message'] === 'string' && !('output' in objectOf(answer)),
  isWritten: (answer) => objectsIn(valueAt(answer, 'output.message.content')).length > 0,
  ear: () => new BedrockEar(),
};
