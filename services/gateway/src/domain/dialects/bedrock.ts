import { BedrockEar } from './bedrock-ear';
import { bedrockUsageIn } from './bedrock-usage';
import type { Dialect } from './dialect';
import { leavesDoubt } from './statuses';

/** Converse of Amazon Bedrock. Source: its API reference of the runtime. */
export const bedrock: Dialect = {
  name: 'bedrock',
  clientHeaders: [],
  answerHeaders: ['x-amzn-requestid'],
  pathOf: (operation, { name }) => `/model/${encodeURIComponent(name)}${operation}`,
  headers: {},
  isStream: (contentType) => contentType.startsWith('application/vnd.amazon.eventstream'),
  leavesDoubt,
  usageIn: bedrockUsageIn,
  ear: () => new BedrockEar(),
};
