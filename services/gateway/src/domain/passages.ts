import { isServed } from '@gatehouse/offering';
import { anthropic } from './dialects/anthropic';
import { azureOpenai } from './dialects/azure-openai';
import { bedrock } from './dialects/bedrock';
import type { Dialect, DialectName } from './dialects/dialect';
import { openai } from './dialects/openai';
import { countTokens, messages } from './passages/anthropic-operations';
import { messagesToConverse } from './passages/anthropic-messages-to-bedrock';
import { messagesToChat } from './passages/anthropic-messages-to-openai';
import { chatToMessages } from './passages/openai-chat-to-anthropic';
import { chatToConverse } from './passages/openai-chat-to-bedrock';
import { chatCompletions, completions, embeddings } from './passages/openai-operations';
import type { Passage } from './passages/passage';
import type { SurfaceName } from './surfaces/surface';

/** Everything that providers can be called in. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  openai,
  'azure-openai': azureOpenai,
  anthropic,
  bedrock,
};

/** The dialect of a name; undefined where gateways do not speak it. */
export const dialectNamed = (name: string): Dialect | undefined =>
  isServed(name) ? DIALECTS[name] : undefined;

/** Every way from a surface to a dialect. What is not here is refused before any provider hears of it. */
export const PASSAGES: Readonly<Record<SurfaceName, Readonly<Partial<Record<DialectName, Passage>>>>> = {
  'openai-chat': {
    openai: chatCompletions,
    'azure-openai': chatCompletions,
    anthropic: chatToMessages,
    bedrock: chatToConverse,
  },
  'openai-completions': { openai: completions, 'azure-openai': completions },
  'openai-embeddings': { openai: embeddings, 'azure-openai': embeddings },
  'anthropic-messages': {
    anthropic: messages,
    openai: messagesToChat,
    'azure-openai': messagesToChat,
    bedrock: messagesToConverse,
  },
  'anthropic-count-tokens': { anthropic: countTokens },
};
