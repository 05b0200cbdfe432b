import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from '../../domain/refusal';
import { SURFACES } from '../../domain/surfaces';
import type { ExchangeWords } from './http-exchange';
import { headerOf } from './presented-key';

/** A model that may be called: `@slug/model`, and whose it is. */
export interface ListedModel {
  readonly id: string;
  readonly provider: string;
}

/** How models are told of, in the language of whoever asks. */
export interface ModelsWords {
  /** Those of its refusals. */
  readonly words: ExchangeWords;
  one(model: ListedModel): object;
  /** All of them: there are no pages. */
  list(models: readonly ListedModel[]): object;
}

const openaiModel = ({ id, provider }: ListedModel): object => ({
  id,
  object: 'model',
  // Nobody knows when it came to be.
  created: 0,
  owned_by: provider,
});

const IN_OPENAIS: ModelsWords = {
  words: SURFACES['openai-chat'],
  one: openaiModel,
  list: (models) => ({ object: 'list', data: models.map(openaiModel) }),
};

const anthropicModel = ({ id }: ListedModel): object => ({
  type: 'model',
  id,
  display_name: id,
  // As Anthropic has it where the time is not known.
  created_at: '1970-01-01T00:00:00Z',
});

const IN_ANTHROPICS: ModelsWords = {
  words: SURFACES['anthropic-messages'],
  one: anthropicModel,
  list: (models) => ({
    data: models.map(anthropicModel),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  }),
};

/** Both languages have the same path; Anthropic's needs a version, and OpenAI's has none. */
export const modelsWordsFor = (headers: IncomingHttpHeaders): ModelsWords =>
  headerOf(headers, 'anthropic-version') === undefined ? IN_OPENAIS : IN_ANTHROPICS;

/** The same words for a model that is nowhere and for one that is another's. */
export const modelNotFound = (): Refusal =>
  new Refusal('model_not_found', 'There is no such model, or this API key may not call it.', {
    param: 'model',
  });
