import type { ModelFacts, ModelKind } from '@gatehouse/offering';
import data from './data/model-facts.json';
import { imageTokensOf } from './image-tokens';
import { servingOf } from './model-serving';
import { tokenizerOf } from './tokenizers';
import type { SourceModel } from './prices/source-prices';

/** What is known of a model before the catalog says since when it is listed. */
export type KnownModel = Omit<ModelFacts, 'listedSince'>;

/** As the data file has it. */
interface Kept {
  readonly kind: string;
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly capabilities: readonly string[];
}

/** The first that is found in its name says what a model is for; a model that says nothing chats. */
const NAMES_OF_KINDS: readonly (readonly [RegExp, ModelKind])[] = [
  [/rerank/, 'rerank'],
  [/embed|voyage|titan-e|bge-|(^|[-/])e5-|gte-/, 'embedding'],
  [/moderation|guard/, 'moderation'],
  [/whisper|transcri|voxtral|nova-\d|asr/, 'transcription'],
  [/tts|speech|sonic|voice/, 'speech'],
  [/sora|veo|video|kling/, 'video'],
  [/image|dall-e|flux|stable-diffusion|imagen|imagine/, 'image'],
  [/ocr/, 'other'],
  [/davinci|babbage|curie|^ada$|-instruct-0914|3\.5-turbo-instruct/, 'completion'],
];

/** The models of a provider that the data file has, by name. */
export const keptModels = (provider: string): ReadonlyMap<string, KnownModel> => {
  const providers: Readonly<Record<string, Readonly<Record<string, Kept>>>> = data.providers;
  return new Map(
    Object.entries(providers[provider] ?? {}).map(([name, kept]) => [name, knownModel(provider, name, kept)]),
  );
};

const knownModel = (
  provider: string,
  name: string,
  { kind, contextWindow, maxOutputTokens, capabilities }: Kept,
): KnownModel => ({
  name,
  kind: kind as ModelKind,
  ...(contextWindow !== undefined && { contextWindow: BigInt(contextWindow) }),
  ...(maxOutputTokens !== undefined && { maxOutputTokens: BigInt(maxOutputTokens) }),
  capabilities,
  withdrawn: false,
  ...imagesOf(name, capabilities),
  ...encodedBy(name),
  ...servedBy(provider, name),
});

const encodedBy = (name: string): Pick<KnownModel, 'tokenizer'> => {
  const tokenizer = tokenizerOf(name);
  return tokenizer ? { tokenizer } : {};
};

const servedBy = (provider: string, name: string): Pick<KnownModel, 'serving'> => {
  const serving = servingOf(provider, name);
  return serving ? { serving } : {};
};

/** Only of a model that takes images. */
const imagesOf = (name: string, capabilities: readonly string[]): Pick<KnownModel, 'imageTokens'> => {
  const imageTokens = capabilities.includes('image-input') ? imageTokensOf(name) : undefined;
  return imageTokens ? { imageTokens } : {};
};

/** What the source of prices alone knows of a model: its name tells what it is for. */
export const pricedModelFacts = (
  provider: string,
  { id, context_window: contextWindow, deprecated }: SourceModel,
): KnownModel => ({
  name: id,
  kind: NAMES_OF_KINDS.find(([pattern]) => pattern.test(id.toLowerCase()))?.[1] ?? 'chat',
  ...(typeof contextWindow === 'number' && { contextWindow: BigInt(contextWindow) }),
  capabilities: [],
  withdrawn: deprecated ?? false,
  ...encodedBy(id),
  ...servedBy(provider, id),
});
