import { findProvider } from '@pydantic/genai-prices';
import { sourcePrices, type SourceProvider } from './source-prices';

/** Who the catalog's providers are to the source. A provider that resells has prices of its own. */
export const SOURCE_IDS: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  'azure-openai': 'azure',
  baseten: 'baseten',
  bedrock: 'aws',
  cerebras: 'cerebras',
  cohere: 'cohere',
  deepseek: 'deepseek',
  'fireworks-ai': 'fireworks',
  google: 'google',
  groq: 'groq',
  minimax: 'minimax',
  'mistral-ai': 'mistral',
  moonshot: 'moonshotai',
  'novita-ai': 'novita',
  openai: 'openai',
  openrouter: 'openrouter',
  ovhcloud: 'ovhcloud',
  'perplexity-ai': 'perplexity',
  'together-ai': 'together',
  'vertex-ai': 'google',
  voyage: 'voyageai',
  'workers-ai': 'cloudflare',
  'x-ai': 'x-ai',
  zhipu: 'zhipuai',
};

let read: readonly SourceProvider[] | undefined;

/** The prices that come with the product, in order of the source's names. */
export const builtInPrices = (): readonly SourceProvider[] => {
  read ??= sourcePrices.parse(
    [...new Set(Object.values(SOURCE_IDS))]
      .sort()
      .flatMap((providerId) => findProvider({ providerId }) ?? []),
  );
  return read;
};
