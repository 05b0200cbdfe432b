import { anthropicCountTokens } from './surfaces/anthropic-count-tokens';
import { anthropicMessages } from './surfaces/anthropic-messages';
import { openaiChat } from './surfaces/openai-chat';
import { openaiCompletions } from './surfaces/openai-completions';
import { openaiEmbeddings } from './surfaces/openai-embeddings';
import { openaiWords } from './surfaces/openai-words';
import type { FailureWords, Surface, SurfaceName } from './surfaces/surface';

/** Everything that clients can speak. */
export const SURFACES: Readonly<Record<SurfaceName, Surface>> = {
  'openai-chat': openaiChat,
  'openai-completions': openaiCompletions,
  'openai-embeddings': openaiEmbeddings,
  'anthropic-messages': anthropicMessages,
  'anthropic-count-tokens': anthropicCountTokens,
};

/** In which a client is told of a failure that is of no surface. */
export const COMMON_WORDS: FailureWords = openaiWords;
